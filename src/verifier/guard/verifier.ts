/**
 * The verifier of one executor: put together once, at start.
 *
 * Every protection is on by default: each opt-out is a symbol or an option that names the loss. SPEC 7.
 */
import type { ActionCall, ActionSpec } from '../action/action.ts'
import { type ApproversDocument, buildDirectory, directoryFrom, parseApprovers } from '../authority/approvers.ts'
import { fixedDocument } from '../authority/document.ts'
import { resolveFrom } from '../authority/key-set.ts'
import { createReporter } from '../authority/outcome.ts'
import { createStatusMemory } from '../authority/status.ts'
import type { Transport } from '../authority/transport.ts'
import type { ErrorCode } from '../errors/approval-error.ts'
import type { ChallengeKey } from '../jwt/challenge.ts'
import type { Approval } from '../verify/approval.ts'
import type { CallInFlight, Live } from '../verify/live-port.ts'
import { createReplayCache } from '../verify/replay.ts'
import { type VerifyContext, type VerifyOptions, verify } from '../verify/verify.ts'
import { type GuardContext, type GuardDefinition, type Guarded, guard } from './guard.ts'

/**
 * Opts out of redemption: tokens are then *not* spent at the authority.
 *
 * WARNING. What is given up: a token may act once in *every* process that verifies it, and again after a restart, until
 * it expires; the policy is not asked again; a kill switch acts only through the status list; the ledger learns
 * neither of the use nor of its outcome. For actions that only read, and where nothing else will do.
 */
export const withoutRedemption: unique symbol = Symbol('countersign: without redemption')

/** Options of a verifier. */
export type VerifierOptions = {
  /** The authority's origin: `https://approve.example`, without a slash at the end. */
  readonly issuer: string
  /** This executor's URI: the only `aud` it accepts. */
  readonly audience: string
  /** This executor's credential at the authority. Required unless `redemption` is `withoutRedemption`. */
  readonly credential?: string
  /** Signs the challenges that answer calls without a token: a private JWK with `kid` and `alg`. */
  readonly challengeKey?: ChallengeKey
  /**
   * Pinned approver keys. The authority's own list is then never asked, so that a stolen authority cannot approve without
   * these people's passkeys; and tokens that no person consented to are refused unless a guard says `policyMayAllow`.
   * WARNING: the authority serves the page on which they sign. A hostile one can show one call and have another signed.
   */
  readonly approvers?: ApproversDocument
  /** The opt-out from spending tokens; read its warning. */
  readonly redemption?: typeof withoutRedemption
  /** Accept tokens of `separation: false`, where a person approved for themselves. Default false. */
  readonly acceptSelfApproval?: boolean
  /**
   * The address at which clients reach this executor, with the path prefix that a proxy removes, if any:
   * `https://forum.example`, `https://example.com/forum`. Proofs of possession (DPoP) must name it; without it, tokens
   * that are bound to a key are refused.
   */
  readonly publicUrl?: string
  /** Refuse tokens that are not bound to a key (`cnf`). Default false. Needs `publicUrl`. */
  readonly requireProofOfPossession?: boolean
  /** Maximum age of the news about revocations, in seconds. Default 5. */
  readonly staleAfterSeconds?: number
  /** Follows the authority's stream of events: `live()` of `@countersign/verifier/live`. Needs the credential. */
  readonly live?: Live
  /** Seconds by which clocks may differ. Default and maximum: 5. */
  readonly skewSeconds?: number
  /** Maximum duration of one request to the authority, and of one call of a guard's `state`. Default 5000. */
  readonly timeoutMs?: number
  /** Maximum number of tokens, and of requests, remembered against replay. Default 100 000; refuses when full. */
  readonly replayCapacity?: number
  /** Epoch seconds. Default: the system clock. */
  readonly now?: () => number
  /** Seconds by a monotonic clock. Default: `performance.now()`. */
  readonly steady?: () => number
  /** Default: the platform's `fetch`. */
  readonly fetch?: typeof fetch
  /** Called with the errors of reports that were given up, and of a guard's `state`. Default: ignored. */
  readonly onError?: (error: unknown) => void
}

/** The verifier of one executor. */
export type Verifier = {
  readonly issuer: string
  readonly audience: string
  /**
   * Checks that `token` approves exactly `call` (which may carry the salt it was asked with), and spends it. SPEC 7.
   * Throws `ApprovalError`. There is no way to verify by name alone.
   */
  readonly verify: (token: string, call: ActionCall | ActionSpec, options?: VerifyOptions) => Promise<Approval>
  /** Guards a function. */
  readonly guard: <Args extends object, Value>(
    name: string,
    definition: GuardDefinition<Args, Value>,
  ) => Guarded<Args, Value>
  /** Approved calls in flight. */
  readonly inFlight: ReadonlySet<CallInFlight>
  /** Resolves when every outcome report was delivered or given up: await it before the process ends. */
  readonly settled: () => Promise<void>
}

/** Makes a verifier. Throws `TypeError` on options that cannot be meant. Asks the authority for nothing yet. */
export function createVerifier(options: VerifierOptions): Verifier {
  const context = createContext(options)
  const inFlight = new Set<CallInFlight>()
  const guards: GuardContext = { verify: context, challengeKey: options.challengeKey, inFlight }
  options.live?.attach({ ...options, ...context, inFlight })
  return Object.freeze({
    issuer: context.issuer,
    audience: context.audience,
    verify: (token, call, verifyOptions) => verify(context, token, call, verifyOptions),
    guard: (name, definition) => guard(guards, name, definition),
    inFlight,
    settled: async () => context.reporter?.settled(),
  } satisfies Verifier)
}

function createContext(options: VerifierOptions): VerifyContext {
  const { issuer, audience, approvers, acceptSelfApproval = false, requireProofOfPossession = false } = options
  const { now = () => Date.now() / 1000, skewSeconds = 5, staleAfterSeconds = 5, replayCapacity = 100_000 } = options
  const { steady = () => performance.now() / 1000, live, publicUrl, onError = () => {} } = options
  assert(URL.canParse(issuer) && new URL(issuer).origin === issuer, 'issuer is no origin')
  assert(!!audience, 'audience is required')
  assert(skewSeconds >= 0 && skewSeconds <= 5, 'skewSeconds is not 0 to 5')
  assert(publicUrl ? /^https?:\/\/[^?#]+$/.test(publicUrl) : !requireProofOfPossession, 'publicUrl is no URL')
  const transport = createTransport(options)
  const resolveKey = resolveFrom(issuer, transport, now)
  const clock = () => [now(), steady()] as const
  const desk = createDesk(options, transport)
  const cache = (used: ErrorCode) => createReplayCache({ now, capacity: replayCapacity, used })
  return {
    issuer,
    audience,
    resolveKey,
    directory: approvers ? pin(approvers) : directoryFrom(issuer, transport, now),
    pinned: approvers !== undefined,
    acceptSelfApproval,
    requireProofOfPossession,
    publicUrl,
    status: createStatusMemory({ transport, resolveKey, clock, staleAfterSeconds, skewSeconds }),
    live,
    transport,
    clock,
    staleAfterSeconds,
    tokens: cache('token_redeemed'),
    requests: cache('token_redeemed'),
    proofs: cache('proof_of_possession'),
    reported: cache('state_changed'),
    desk,
    reporter: desk && createReporter(desk, onError),
    onError,
    now,
    skewSeconds,
  }
}

function createTransport({ fetch = globalThis.fetch, timeoutMs = 5000 }: VerifierOptions): Transport {
  // Called as a plain function: some platforms refuse a fetch that has become a method.
  return { fetch: (input, init) => fetch(input, init), timeoutMs }
}

function createDesk({ issuer, credential, redemption }: VerifierOptions, transport: Transport) {
  if (redemption === withoutRedemption) return undefined
  assert(redemption === undefined && !!credential, 'credential is required')
  return { issuer, credential, transport }
}

function pin(approvers: ApproversDocument) {
  return fixedDocument(buildDirectory(parseApprovers(approvers)))
}

function assert(holds: boolean, message: string): asserts holds {
  if (!holds) throw new TypeError(message)
}
