/**
 * A tool whose body runs only with consent: it proposes the call, waits, and calls the guarded body with the token.
 *
 * Protects nothing by itself: the body is an executor's guard, or a call to an executor that demands the token. One call
 * id with the same call is one request, also after a pause and in another process with the same `secret`. SPEC 2.
 */
import {
  ApprovalError,
  base64urlEncode,
  canonicalize,
  type JsonObject,
  type Preview,
  parseCall,
  parseJson,
  randomBase64url,
} from '@countersign/verifier'
import type { AgentClient, Proposal } from '../agent-client.ts'
import type { ApprovalRequest } from '../read-answer.ts'
import { isRefusal, type Refusal, refusalOf, refusalOfRequest } from './tool-refusal.ts'

export interface ConsentedCall<Args, Value> {
  /** The executor that is to carry the call out. */
  readonly audience: string
  /** Name of the action. */
  readonly name: string
  readonly resource: (args: Args) => string
  /** In the agent's words: approvers see it marked as such. */
  readonly reason?: (args: Args) => string
  /** The agent's own claim of what would change. */
  readonly preview?: (args: Args) => Preview
  /** The guarded body: what `verifier.guard` returns, or a call to an executor that demands the token. */
  readonly run: (args: Args, options: { readonly token: string }) => Value | Promise<Value>
  /** Called whenever the call begins to wait: the moment to show `approvalUri`. */
  readonly onPending?: (request: ApprovalRequest, callId: string) => void
  /** Shared by the processes that resume one another's calls: at least 32 characters. Default: one of this process alone. */
  readonly secret?: string
}

export interface WaitOptions {
  /** Ends the wait, and withdraws the request. */
  readonly signal?: AbortSignal | undefined
}

/** `callId`: the framework's own id of the tool call. Nothing here throws a refusal; each is returned. */
export interface ConsentedTool<Args, Value> {
  /** Proposes the call. True where people decide, also once they have. */
  readonly needsConsent: (args: Args, callId: string) => Promise<boolean>
  /** Waits until people have answered. Undefined once the call may run. */
  readonly refusal: (args: Args, callId: string, options?: WaitOptions) => Promise<Refusal | undefined>
  /** Waits, collects the token, and runs the body with exactly the consented arguments. Rethrows errors of the body. */
  readonly run: (args: Args, callId: string, options?: WaitOptions) => Promise<Value | Refusal>
}

/** Throws `TypeError` for a short `secret`. */
export function withConsent<Args extends object, Value>(
  client: AgentClient,
  call: ConsentedCall<Args, Value>,
): ConsentedTool<Args, Value> {
  const { secret = ownSecret() } = call
  if (secret.length < 32) throw new TypeError('secret must have at least 32 characters')

  async function ask(proposal: Proposal, callId: string, { signal }: WaitOptions): Promise<ApprovalRequest> {
    if (typeof callId !== 'string') throw new TypeError('A consented tool is run by a tool call, which has an id')
    const { salt, idempotencyKey } = await identityOf(secret, callId, proposal)
    const action = { ...proposal.action, salt }
    const request = await client.propose({ ...proposal, action }, { idempotencyKey, ...(signal && { signal }) })
    if (request.state === 'pending') call.onPending?.(request, callId)
    return request
  }

  /** Where nobody is left to run it, a person's consent would be for nothing. */
  async function orWithdraw<T>({ id }: ApprovalRequest, wait: Promise<T>, { signal }: WaitOptions): Promise<T> {
    return wait.catch(async (error) => {
      if (signal?.aborted) await client.withdraw(id).catch(() => {})
      throw error
    })
  }

  async function answer(args: Args, callId: string, options: WaitOptions): Promise<ApprovalRequest> {
    const request = await ask(proposalOf(call, args), callId, options)
    if (request.state !== 'pending') return request
    return orWithdraw(request, client.answered(request, waitOf(options)), options)
  }

  async function collect(args: Args, callId: string, options: WaitOptions) {
    const proposal = proposalOf(call, args)
    const request = await ask(proposal, callId, options)
    const { token, action = proposal.action } = await orWithdraw(
      request,
      client.wait(request, waitOf(options)),
      options,
    )
    // The executor checks the members, as it does for every argument from outside.
    return { token, args: action.arguments as Args & JsonObject }
  }

  return {
    needsConsent: async (args, callId) => {
      try {
        return (await ask(proposalOf(call, args), callId, {})).decision === 'approval'
      } catch (error) {
        refusalOf(error)
        return false
      }
    },
    refusal: (args, callId, options = {}) => answer(args, callId, options).then(refusalOfRequest, refusalOf),
    run: async (args, callId, options = {}) => {
      const consented = await collect(args, callId, options).catch(refusalOf)
      if (isRefusal(consented)) return consented
      options.signal?.throwIfAborted()
      try {
        return await call.run(consented.args, { token: consented.token })
      } catch (error) {
        // What else a body throws is its own, also where it asks an authority for something itself.
        if (error instanceof ApprovalError) return refusalOf(error)
        throw error
      }
    },
  }
}

const waitOf = ({ signal }: WaitOptions) => (signal === undefined ? {} : { signal })

/** The arguments are copied at once and read once: what people are shown of them, and the call, are of the same copy. */
function proposalOf<Args, Value>(call: ConsentedCall<Args, Value>, given: Args): Proposal {
  const { name, audience, reason, preview } = call
  const args = parseCall({ name, resource: name, arguments: given }).arguments as Args & JsonObject
  return {
    audience,
    action: parseCall({ name, resource: call.resource(args), arguments: args }),
    ...(reason && { reason: reason(args) }),
    ...(preview && { preview: preview(args) }),
  }
}

let own: string | undefined
/** Made at the first use: Workers give no randomness before. */
function ownSecret(): string {
  own ??= randomBase64url(32)
  return own
}

/** One for one call id and one proposal, so that entering a body twice is one request; not to be guessed by others. */
async function identityOf(secret: string, callId: string, proposal: Proposal) {
  const encode = (text: string) => new TextEncoder().encode(text)
  const key = await crypto.subtle.importKey('raw', encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const named = encode(canonicalize(parseJson(JSON.stringify({ callId, proposal }))))
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, named))
  return { salt: base64urlEncode(mac.slice(0, 16)), idempotencyKey: base64urlEncode(mac.slice(16)) }
}
