/**
 * Guards a queue worker: a message runs its action when, and only when, it carries an approval token for it.
 *
 * Says what to do with the message, since a broker delivers again what is not settled. A token lives for minutes: a longer
 * wait in the queue ends in `token_expired`. Tokens that are bound to a key are refused: a message proves no possession.
 * SPEC 7.
 */
import { ApprovalError, type ErrorCode, type GuardDefinition, type Verifier } from '../index.ts'
import { asArguments, parseBody } from './door.ts'

/** The content of a message. */
export type Work<Args> = { readonly token?: string | undefined; readonly args: Args }

export type QueueDefinition<Message, Args, Value> = GuardDefinition<Args, Value> & {
  /**
   * Finds token and arguments. Default: the message is strict JSON in UTF-8, `{ "approval_token", "arguments" }`. Throws
   * for what is none: such a message is rejected.
   */
  readonly read?: (message: Message) => Work<Args> | Promise<Work<Args>>
}

/**
 * What to do with a message. `done`: acknowledge it. `retry`: deliver it again later; should its token be spent after all,
 * it is rejected then. `reject`: never deliver it again, and keep it where a person looks.
 */
export type Verdict<Value> =
  | { readonly settle: 'done'; readonly value: Value }
  | { readonly settle: 'retry' | 'reject'; readonly error: unknown }

/** Refusals that a later delivery may not meet. */
const PASSING: readonly ErrorCode[] = [
  'authority_unreachable',
  'status_stale',
  'state_unknown',
  'rate_limited',
  'killed',
  'token_not_yet_valid',
]

/**
 * Makes a handler of messages. It throws nothing.
 *
 * A message that is delivered twice runs once: the second delivery is `token_redeemed`, and rejected. So is a message whose
 * action failed.
 */
export function approvedWork<Args extends object, Value, Message = Uint8Array>(
  verifier: Verifier,
  name: string,
  definition: QueueDefinition<Message, Args, Value>,
): (message: Message) => Promise<Verdict<Value>> {
  const guarded = verifier.guard(name, definition)
  const read = definition.read ?? readMessage<Args>
  return async (message) => {
    try {
      const { token, args } = await read(message)
      return { settle: 'done', value: await guarded(args, { token, acceptsChallenge: false }) }
    } catch (error) {
      return { settle: settlementOf(error), error }
    }
  }
}

const settlementOf = (error: unknown) =>
  error instanceof ApprovalError && PASSING.includes(error.code) ? 'retry' : 'reject'

function readMessage<Args>(message: unknown): Work<Args> {
  if (!(message instanceof Uint8Array)) throw new TypeError('Give `read`: this message is no Uint8Array')
  const { approval_token: token, arguments: args } = asArguments<Record<string, never>>(parseBody(message))
  return { token: token === undefined ? token : String(token), args: asArguments<Args>(args) }
}
