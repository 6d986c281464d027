/**
 * A client typed by the endpoint table: every row of it, and the polls of an agent.
 *
 * Beside `call` for any endpoint: `propose`, `waitForToken` and `relayChallenge` for the way of an approval. Answers
 * stay as they are on the wire. For this repository: the command line, the gateway, the tests. Agents elsewhere use
 * `@countersign/client`, in `agent/`.
 */
import { type EndpointId, endpoints } from '../api/endpoints.ts'
import type { ProveDpop } from './agent/dpop-of.ts'
import { type Answer, type ConnectionOptions, connect } from './agent/exchange.ts'
import { pollRequest, pollTransaction, WAIT_SECONDS } from './agent/polling.ts'
import { unusable } from './agent/read-problem.ts'
import { type AnyInput, callEndpoint } from './call-endpoint.ts'
import type { CallArguments, CallInput, CallOutput } from './call-types.ts'
import { fetchAsPage } from './cookies.ts'

export { dpopOf, type ProveDpop } from './agent/dpop-of.ts'
export type { Answer, Fetch } from './agent/exchange.ts'
export { NO_ANSWER, type Problem } from './agent/read-problem.ts'

export interface ClientOptions extends ConnectionOptions {
  /** Scheme, host and port, without a path. */
  readonly origin: string
  /** Acts as a page of the authority: keeps the session's cookie and says that it comes from `origin`. */
  readonly asPage?: boolean
}

export type RequestView = CallOutput<'openRequest'>
export type CollectedToken = CallOutput<'collectToken'>
type TransactionAnswer = CallOutput<'transaction'>
export type TransactionToken = Extract<TransactionAnswer, { readonly access_token: string }>
export type OpenTransaction = Exclude<TransactionAnswer, TransactionToken>

export interface WaitOptions {
  readonly signal?: AbortSignal
}

export interface RelayOptions extends WaitOptions {
  /** Called once the authority has taken the challenge: the moment to show the link. */
  readonly onOpened?: (opened: OpenTransaction) => void
}

export interface Client {
  readonly origin: string
  readonly call: Call
  /** Opens an approval request. Where policy allows the action outright, the view already carries its token. */
  readonly propose: (...input: CallArguments<'openRequest'>) => Promise<Answer<RequestView>>
  /** Polls long until the token is there, or never will be. */
  readonly waitForToken: (
    request: Pick<RequestView, 'id' | 'interval'>,
    options?: WaitOptions & {
      /** Binds the token to its key. */
      readonly dpop?: ProveDpop | undefined
    },
  ) => Promise<Answer<CollectedToken>>
  /** Hands an executor's challenge to the authority, unchanged, and polls until the token is there. */
  readonly relayChallenge: (challenge: string, options?: RelayOptions) => Promise<Answer<TransactionToken>>
}

export type Call = <Id extends EndpointId>(id: Id, ...args: CallArguments<Id>) => Promise<Answer<CallOutput<Id>>>

/** Throws `TypeError` when `origin` is not an origin. */
export function createClient({ origin, asPage = false, ...options }: ClientOptions): Client {
  const connection = connect(origin, options)
  const call = callOver(asPage ? { ...connection, fetch: fetchAsPage(origin, connection.fetch) } : connection)
  return {
    origin,
    call,
    propose: (...input) => call('openRequest', ...input),
    waitForToken: ({ id, interval }, { signal, dpop } = {}) => {
      const url = `${origin}/requests/${encodeURIComponent(id)}/token`
      const collect = async () => {
        const headers = dpop ? { dpop: await dpop({ method: 'POST', url }) } : {}
        return call('collectToken', { params: { id }, waitSeconds: WAIT_SECONDS, signal, headers })
      }
      return pollRequest(collect, interval, signal)
    },
    relayChallenge: (challenge, options) => relayChallenge(call, challenge, options),
  }
}

async function relayChallenge(
  call: Call,
  challenge: string,
  { signal, onOpened }: RelayOptions = {},
): Promise<Answer<TransactionToken>> {
  const opened = narrow(await call('transaction', { form: { transaction_challenge: challenge }, signal }), isOpen)
  if (!opened.ok) return opened
  onOpened?.(opened.value)
  const { transaction_authorization_id, interval, expires_in } = opened.value
  const poll = { form: { transaction_authorization_id }, waitSeconds: WAIT_SECONDS, signal }
  return pollTransaction(
    async () => narrow(await call('transaction', poll), isToken),
    { intervalSeconds: interval, expiresInSeconds: expires_in },
    signal,
  )
}

const isToken = (value: TransactionAnswer): value is TransactionToken => 'access_token' in value
const isOpen = (value: TransactionAnswer): value is OpenTransaction => !isToken(value)

/** The transaction endpoint has two answers; the one that was not asked for is no usable answer. */
function narrow<T extends TransactionAnswer>(
  answer: Answer<TransactionAnswer>,
  isWanted: (value: TransactionAnswer) => value is T,
): Answer<T> {
  if (!answer.ok) return answer
  const { value, ...rest } = answer
  if (isWanted(value)) return { ...rest, value }
  return { ...rest, ok: false, problem: unusable('Its answer to a challenge is of the wrong kind.') }
}

/** The one place where the table's schemas, which `callEndpoint` applies, become the types that callers see. */
function callOver(connection: Parameters<typeof callEndpoint>[0]): Call {
  return async <Id extends EndpointId>(id: Id, ...[input]: CallArguments<Id>) => {
    const given: CallInput<Id> | undefined = input
    return (await callEndpoint(connection, endpoints[id], (given ?? {}) as AnyInput)) as Answer<CallOutput<Id>>
  }
}
