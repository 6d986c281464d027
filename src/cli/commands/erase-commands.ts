/** `erase`: orders the erasure of payloads, once an admin consents with a passkey. The ledger keeps its entries. */
import type { Command } from 'commander'
import { integerBetween } from '../arguments/option-values.ts'
import { makeChange } from '../changes/administer.ts'
import { contextOf } from '../context.ts'

interface EraseOptions {
  readonly reason?: string
}

const erase = (args: { readonly rule: string; readonly [name: string]: string | number }, subject: string | number) =>
  async function ordered({ reason }: EraseOptions, command: Command): Promise<void> {
    await makeChange(
      contextOf(command),
      {
        name: 'countersign.payload.erase',
        resource: `payloads:${args.rule}:${subject}`,
        arguments: args,
        reason,
      },
      { done: 'The erasure is ordered. It is carried out within a minute, once nothing of it is alive any more.' },
    )
  }

export const eraseRequest = (request: string, options: EraseOptions, command: Command): Promise<void> =>
  erase({ rule: 'request', request }, request)(options, command)

export const erasePrincipal = (principal: string, options: EraseOptions, command: Command): Promise<void> =>
  erase({ rule: 'principal', principal }, principal)(options, command)

export function eraseByAge(text: string, options: EraseOptions, command: Command): Promise<void> {
  const days = integerBetween(1, 36_500)(text)
  return erase({ rule: 'age', older_than_days: days }, days)(options, command)
}
