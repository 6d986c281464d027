/** The client that an argument names. */
import { CLIENTS, type CodingClient, codingClient } from '../../domain/coding/coding-call.ts'
import { usage } from '../exit.ts'

export function clientNamed(name: string): CodingClient {
  const client = codingClient(name)
  if (client === undefined) throw usage(`No client is called ${name}. There are ${CLIENTS.join(', ')}.`)
  return client
}
