/**
 * A change to the authority: proposed, consented to by an admin with a passkey, carried out, and confirmed in words.
 *
 * The first admin needs no consent; the authority decides that, not this file. SPEC 10.
 */
import { type JsonObject, newSalt } from '@countersign/verifier'
import type { CallOutput } from '../../client/call-types.ts'
import { type Context, issuerOf } from '../context.ts'
import { failureOf, unwrap } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'
import { instant } from '../terminal/time.ts'
import { awaitConsent } from './await-consent.ts'

/** The action without its salt, and what the admin reads beside it. */
export interface Change {
  readonly name: `countersign.${string}`
  readonly resource: string
  readonly arguments: JsonObject
  readonly reason?: string | undefined
}

type ChangeResult = CallOutput<'administer'>

interface ChangeWords {
  /** Confirms the change, in a sentence. */
  readonly done: string
  /** How to use the credential. */
  readonly hint?: string
}

export async function makeChange(context: Context, change: Change, words: ChangeWords): Promise<void> {
  showChange(context.output, await administer(context, change), words)
}

/** Throws a `Failure` when an admin denied it, or the authority refused it. */
export async function administer(context: Context, { reason, ...change }: Change): Promise<ChangeResult> {
  const client = context.client()
  const action = { ...change, arguments: { ...change.arguments }, salt: newSalt() }
  const first = await client.call('administer', { body: { action } })
  if (first.ok) return first.value
  if (first.problem.code !== 'token_missing') throw failureOf(first.problem)
  context.output.note('An admin has to consent to this change.')
  const proposal = { audience: await issuerOf(client), action, ...(reason === undefined ? {} : { reason }) }
  const { token } = await awaitConsent(context, client, proposal)
  return unwrap(await client.call('administer', { body: { action }, headers: { 'Approval-Token': token.token } }))
}

/** Shows the one-time secret too: it can be read here and nowhere else. */
export function showChange(output: Output, change: ChangeResult, { done, hint }: ChangeWords): void {
  output.done(change, [done, ...secretLines(output, change, hint)].join('\n'))
}

function secretLines({ paint }: Output, { credential, expires_at }: ChangeResult, hint = ''): string[] {
  if (credential === undefined) return []
  const until = expires_at === undefined ? '' : `, valid until ${instant(expires_at)}`
  return ['', `  ${paint.bold(visible(credential))}`, '', `  Shown once${until}. ${hint}`.trimEnd()]
}
