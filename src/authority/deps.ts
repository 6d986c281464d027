/**
 * Everything that a use case reads from the world or keeps between calls; `compose.ts` makes it. No use case reaches
 * for a clock, randomness or storage on its own, and each names the part of this that it uses.
 */
import type { Agent, Executor } from '../domain/identity/parties.ts'
import type { LogKey } from '../domain/ledger/log-key.ts'
import type { Drafts } from '../domain/policy/drafts/draft-job.ts'
import type { Policy } from '../domain/policy/policy.ts'
import type { Result } from '../domain/refusal.ts'
import type { StatusPlace } from '../domain/stop/status-list-claims.ts'
import type { SigningKeys } from '../domain/token/signing-keys.ts'
import type { Store } from '../store/contract/store.ts'
import type { Config } from './config.ts'
import type { Observer } from './drafts/observer.ts'
import type { Meters } from './meters.ts'
import type { NotifyKeys } from './notify/notify-keys.ts'
import type { Post } from './notify/transports.ts'
import type { CallTurns } from './policy/call-turns.ts'
import type { PermittedCalls } from './policy/permitted-calls.ts'

export interface Deps {
  readonly config: Config
  readonly store: Store
  /**
   * The same for what pages and answers read together, by few connections that all of them wait for. Nothing that stops
   * a call waits for one of these, but the page that offers it does.
   */
  readonly reads: Store
  readonly policy: PolicyInForce
  readonly keys: SigningKeys
  readonly logKey: LogKey
  readonly notifyKeys: NotifyKeys
  readonly mailWorks: boolean
  /** Tries drafts of the policy apart from it; null where the platform cannot. */
  readonly drafts: Drafts | null
  /** Examines a policy that is to be published: apart from the policy in force, where the platform can. */
  readonly examiner: Drafts
  readonly post: Post
  /** Epoch seconds, whole. */
  readonly now: () => number
  /** Epoch milliseconds of the same clock. */
  readonly nowMs: () => number
  /** Whole milliseconds of a monotonic clock. */
  readonly upMs: () => number
  readonly randomBytes: (count: number) => Uint8Array
  readonly events: Events
  readonly log: Log
  readonly meters: Meters
  readonly limits: Limits
  readonly callTurns: CallTurns
  readonly permittedCalls: PermittedCalls
  readonly observer: Observer
  readonly parties: PartyCache
  readonly rootKeys: RootKeys
  readonly breakGlass: BreakGlass
  /** Rows of the configuration that are refused at present, the oldest first. */
  readonly findings: () => readonly ConfigurationFinding[]
  readonly watchConfiguration: () => Promise<void>
  /** The configuration in force with its proof, in lines of JSON. */
  readonly exportConfiguration: () => Promise<Result<AsyncGenerator<string>>>
  readonly signatures: SignatureKeeper
  /** The signed status list with this number; undefined for an impossible number. */
  readonly statusList: (list: number) => Promise<string | undefined>
  readonly nextStatusPlace: () => Promise<StatusPlace>
}

export interface PolicyInForce {
  /** As last read, perhaps outdated: the deciding statement refuses an outdated one. */
  readonly known: () => Promise<Policy>
  /** As it is now. */
  readonly read: () => Promise<Policy>
}

/** The part of `Deps` that a use case uses: the store narrowed to its ports, and the named parts. */
export type Uses<Ports, Parts extends keyof Deps = never> = Pick<Deps, Parts> & { readonly store: Ports }

/** In-process and cross-process wake-ups; a wake-up is a hint, the database is the truth. */
export interface Events {
  /**
   * Resolves at the next announcement of `topic`, with true, and at one of everything, at `timeoutMs`, or when `signal`
   * aborts, with false; never rejects.
   */
  readonly waitFor: (topic: string, timeoutMs: number, signal?: AbortSignal) => Promise<boolean>
  /** Calls `hearer` with what is announced under `topic` as a whole, before those are woken who wait for a change. */
  readonly hear: (topic: string, hearer: (news: string) => void) => () => void
  /** Counts one more call that `waiter` has held, until the result is called; null where it has too many. */
  readonly hold: (waiter: string) => (() => void) | null
}

/** Structured, one object a line. Never given a secret or a token. */
export type Log = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (event: string, fields?: Readonly<Record<string, unknown>>) => void>
>

export type LimitedKind =
  | 'agent'
  | 'agentBytes'
  | 'agentCalls'
  | 'executor'
  | 'executorBytes'
  | 'executorCalls'
  | 'approver'
  | 'anonymous'
  | 'directoryCalls'
  | 'drafts'
  | 'refusals'
  | 'refusedToken'

export interface Limits {
  /** Counts one call, or `amount` bytes. Null when it is allowed, else the seconds to wait. */
  readonly take: (kind: LimitedKind, key: string, amount?: number) => Promise<number | null>
  /** Counts nothing. Null while something is left, else the seconds to wait. */
  readonly spent: (kind: LimitedKind, key: string) => Promise<number | null>
}

/** Agents, executors and the number of people, kept per process for the policy’s hot path. */
export interface PartyCache {
  /** As last read, perhaps outdated: the deciding statement refuses an outdated one. */
  readonly knownAgent: (id: string, principal: string) => Agent | undefined
  readonly knownExecutor: (audience: string) => Executor | undefined
  /** The number of people who can approve; undefined before there is a first admin. */
  readonly knownPeople: () => number | undefined
  /** As it is now; one of the authority's own agents acts for `principal`. */
  readonly readAgent: (id: string, principal: string) => Promise<Agent | undefined>
  readonly readExecutor: (audience: string) => Promise<Executor | undefined>
  /** The executor whose credential has this hash, as last read where that was one: the deciding statement refuses an ended one. */
  readonly executorHolding: (credentialHash: string, now: number) => Promise<string | undefined>
  /** For a credential that was refused. */
  readonly forgetCredential: (credentialHash: string) => void
}

/** Thumbprints of first admins' keys, pinned outside the database: every proof of configuration ends at one. */
export interface RootKeys {
  readonly pinned: () => readonly string[]
  /** False where the key was taken from the database, since nothing pins it. */
  readonly isPinned: () => boolean
  readonly trusts: (key: string) => Promise<boolean>
  /** Pins a key before it is enrolled. Refuses: `forbidden` where another one is pinned. */
  readonly pin: (key: string) => Promise<Result<true>>
  /** Pins a key beside the others, where the platform keeps pins; else it is trusted while the key of the log seals it. */
  readonly add: (key: string) => Promise<void>
  /** For a key that was not enrolled after all. */
  readonly unpin: (key: string) => Promise<void>
}

/** A way in that was opened on the host. Instants are epoch seconds. */
export interface BrokenGlass {
  readonly id: string
  /** Hash of the secret in its link; null where it was sealed by a key of the log that is gone. */
  readonly hash: string | null
  readonly openedAt: number
  readonly expiresAt: number
  /** The admin whom it let in. */
  readonly letIn: string | null
  /** Ids of the admins who may acknowledge it. */
  readonly witnesses: readonly string[]
  readonly acknowledged: boolean
}

export interface BreakGlass {
  readonly list: () => readonly BrokenGlass[]
  readonly unacknowledged: () => readonly BrokenGlass[]
  /** Takes in what was committed before this call. */
  readonly refresh: () => Promise<void>
}

/** A row of configuration that the database has and no proof stands behind. */
export interface ConfigurationFinding {
  readonly kind: string
  readonly id: string
  /** Epoch seconds. */
  readonly foundAt: number
}

export interface SignatureKeeper {
  readonly keep: (minted: { readonly jti: string; readonly signature: string; readonly kid: string }) => Promise<void>
  readonly flush: () => Promise<void>
}
