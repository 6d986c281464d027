/** The names by which an authority calls itself, from its metadata. */
import type { Client } from '../../client/client.ts'
import { EXIT, Failure, unwrap } from '../exit.ts'

/** The issuer of its tokens, and the audience of its own actions. */
export const issuerOf = (client: Client): Promise<string> => metadataMember(client, 'issuer')

/** The origin of its log, which is also the name of each key of the log. */
export const originOfLog = (client: Client): Promise<string> => metadataMember(client, 'log_origin')

async function metadataMember(client: Client, member: string): Promise<string> {
  const metadata: unknown = unwrap(await client.call('metadata'))
  const value = new Map(Object.entries(metadata ?? {})).get(member)
  if (typeof value === 'string') return value
  throw new Failure('authority_unreachable', `${client.origin} does not say that it is an authority.`, EXIT.unreachable)
}
