/**
 * A change to the authority: proposed, consented to by an admin with a passkey, then carried out.
 *
 * In: a context, and the change as an action. Out: what was changed, with its one-time secret where it has one.
 * Before the first admin exists the operator's credential is enough; the authority decides that, not this file.
 * SPEC 10.
 */
import { type JsonObject, newSalt } from '@countersign/verifier'
import type { Client } from '../../client/client.ts'
import type { Context } from '../context.ts'
import { Failure, failureOf } from '../exit.ts'
import { awaitConsent } from './await-consent.ts'

/** The change, without the salt it gets here. */
export interface Change {
  readonly name: `countersign.${string}`
  readonly resource: string
  readonly arguments: JsonObject
}

export interface Administered {
  readonly name: string
  readonly subject: string
  readonly credential?: string | undefined
  readonly expires_at?: number | undefined
  readonly link?: string | undefined
}

export async function administer(context: Context, change: Change, reason?: string): Promise<Administered> {
  const client = context.client()
  const action = { ...change, arguments: { ...change.arguments }, salt: newSalt() }
  const tried = await client.call('administer', { body: { action } })
  if (tried.ok) return tried.value
  if (tried.problem.code !== 'token_missing') throw failureOf(tried.problem)
  context.output.note('An admin has to consent to this change.')
  const { token } = await awaitConsent(context, client, {
    audience: await issuerOf(client),
    action,
    ...(reason === undefined ? {} : { reason }),
  })
  const done = await client.call('administer', { body: { action }, headers: { 'Approval-Token': token.token } })
  if (!done.ok) throw failureOf(done.problem)
  return done.value
}

/** What the authority calls itself: the audience of its own actions, and the issuer of its tokens. */
export const issuerOf = (client: Client): Promise<string> => saidBy(client, 'issuer')

/** The name of its log, which is that of every key of it. */
export const originOfLog = (client: Client): Promise<string> => saidBy(client, 'log_origin')

async function saidBy(client: Client, member: string): Promise<string> {
  const metadata = await client.call('metadata')
  if (!metadata.ok) throw failureOf(metadata.problem)
  const said = (metadata.value as Readonly<Record<string, unknown>> | undefined)?.[member]
  if (typeof said === 'string') return said
  throw new Failure('authority_unreachable', `${client.origin} does not say that it is an authority.`, 5)
}
