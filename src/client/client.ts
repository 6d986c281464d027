/**
 * The typed client of an authority: every endpoint of the table, and the three things agents do with them.
 *
 * In: the authority's origin, a credential or the role of a page, a fetch.
 * Out: `call` for any endpoint; `propose`, `waitForToken` and `relayChallenge` for the way of an approval.
 *
 * Runs wherever fetch does. It verifies no token: that is `@countersign/verifier`.
 */
import { type EndpointId, endpoints } from '../api/endpoints.ts'
import type { Answer, CallArguments, CallInput, CallOutput } from './call-types.ts'
import { type Fetch, fetchAsPage } from './cookies.ts'
import { type AnyInput, type Connection, send } from './exchange.ts'
import { type Relayed, type RelayOptions, relayChallenge } from './relay-challenge.ts'
import { type Collected, type WaitOptions, waitForToken } from './wait-for-token.ts'

export type { Answer } from './call-types.ts'
export type { Fetch } from './cookies.ts'
export type { Problem } from './read-problem.ts'
export type { Relayed, TransactionOpened } from './relay-challenge.ts'
export type { Collected } from './wait-for-token.ts'

export interface ClientOptions {
  /** Scheme, host and port, without a path. */
  readonly origin: string
  /** `cs_agent_…` and its like; sent as a bearer token to `origin` and nowhere else. */
  readonly credential?: string
  /** Default: the global fetch. */
  readonly fetch?: Fetch
  /** Acts as a page of the authority: keeps the session's cookie and says that it comes from `origin`. */
  readonly asPage?: boolean
  /** How long an answer may take, beside what a call asks to wait. Default 30 s. */
  readonly timeoutMs?: number
}

/** A request as the authority describes it. */
export type RequestView = CallOutput<'openRequest'>

export interface Client {
  readonly origin: string
  readonly call: Call
  /** Opens an approval request. Where policy allows the action outright, the view already carries its token. */
  readonly propose: (...input: CallArguments<'openRequest'>) => Promise<Answer<RequestView>>
  /** Polls long until the token is there, or never will be. */
  readonly waitForToken: (
    request: Pick<RequestView, 'id' | 'interval'>,
    options?: WaitOptions,
  ) => Promise<Answer<Collected>>
  /** Hands an executor's challenge to the authority, unchanged, and polls until the token is there. */
  readonly relayChallenge: (challenge: string, options?: RelayOptions) => Promise<Answer<Relayed>>
}

export type Call = <Id extends EndpointId>(id: Id, ...args: CallArguments<Id>) => Promise<Answer<CallOutput<Id>>>

const DEFAULT_TIMEOUT_MS = 30_000

/** Throws `TypeError` when `origin` is not an origin. */
export function createClient(options: ClientOptions): Client {
  const call = callOver(connect(options))
  return {
    origin: options.origin,
    call,
    propose: (...input) => call('openRequest', ...input),
    waitForToken: (request, waiting) => waitForToken(call, request, waiting),
    relayChallenge: (challenge, relaying) => relayChallenge(call, challenge, relaying),
  }
}

function connect({ origin, credential, fetch = globalThis.fetch, asPage, timeoutMs }: ClientOptions): Connection {
  if (new URL(origin).origin !== origin) throw new TypeError(`${origin} is not an origin, such as https://host:port`)
  const through: Fetch = (url, init) => fetch(url, init)
  return {
    origin,
    credential,
    fetch: asPage ? fetchAsPage(origin, through) : through,
    timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
  }
}

/** The one place where the table's schemas, which `send` applies, become the types that callers see. */
function callOver(connection: Connection): Call {
  return async <Id extends EndpointId>(id: Id, ...[input]: CallArguments<Id>) => {
    const given: CallInput<Id> | undefined = input
    return (await send(connection, endpoints[id], (given ?? {}) as AnyInput)) as Answer<CallOutput<Id>>
  }
}
