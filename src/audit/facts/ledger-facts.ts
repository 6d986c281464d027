/**
 * The facts of the entries read so far: requests, tokens, people, parties and keys.
 *
 * Holds only members that a later entry can depend on. SPEC 8.
 */
import type { Digest, JsonObject, JsonValue, Selector } from '@countersign/verifier'
import type { AskedPeople } from '@countersign/verifier/authority'
import type { FindingCode } from '../finding.ts'
import { noneRegistered, type RegisteredFacts } from './registered-facts.ts'

/** A consent as its entry holds it. */
export interface ConsentFact {
  readonly index: number
  readonly approver: string
  /** The absent person whose deputy the approver was; undefined nearly always. */
  readonly onBehalfOf: string | undefined
  /** Thumbprint of the passkey. */
  readonly key: string
  /** Digest of the whole consent, to find it again in a token. */
  readonly print: string
  /** As the entry states it; undefined where it does not. */
  readonly separation: boolean | undefined
  /** False where a rule found fault with it: then it does not count. */
  readonly counts: boolean
  /** Set where it was voided; its approver may be asked again. */
  voided: boolean
  /** Set once its signature was checked over the statement of its request. */
  checked: boolean
}

export interface RequestFact {
  readonly index: number
  readonly agent: string
  /** Further actors: the agents behind that one, and the presenter of the token. Undefined without any. */
  others: readonly string[] | undefined
  readonly principal: string
  readonly executor: string
  readonly name: string
  readonly action: string
  /** Digest of the state it is bound to, where it is. */
  readonly state: string | undefined
  decision: 'allow' | 'deny' | 'approval' | null
  decidedIndex: number
  /** Whether only passkeys that are bound to their device count. */
  deviceBound: boolean
  /** True when people may approve for themselves; undefined where the entry does not say. */
  selfApproval: boolean | undefined
  quorum: number
  /** The people whom its decision asks; undefined where the entry does not say. */
  asked: AskedPeople | undefined
  policy: string
  /** The type of the entry that ended it. */
  endedBy: string | null
  token: string | null
  redemptions: number
  /** Undefined while there are none: most requests of a busy agent have none. */
  consents: ConsentFact[] | undefined
}

/** Changes of calls by approvers, by the id of the request that took the place of another. */
export interface ChangeFact {
  readonly former: string
  readonly round: number
  readonly by: string
}

/** A grant, and how many of its calls were redeemed. */
export interface GrantFact {
  uses: number
  redeemed: number
  /** As the first of its tokens states them; undefined before. */
  bounds?: string
}

export interface TokenFact {
  readonly index: number
  readonly issuedAt: number
  readonly request: string
  readonly origin: string
  readonly quorum: number
  /** Digest of its claims without `log`. */
  readonly claims: string
  /** Digest of its entry's leaf. */
  readonly leaf: string
  /** Numbers of the uses that were redeemed. */
  redeemed: readonly number[]
  lastRedeemedAt: number
  /** Numbers of the uses whose outcome was reported, and is known. */
  reported: readonly number[]
  /** Numbers of the uses whose outcome was reported as `indeterminate`. */
  unsure?: readonly number[]
  revoked: boolean
  erased: boolean
  served: boolean
}

const FIRST_ONLY: readonly number[] = [1]

/** Most tokens have one use: they share one list. */
export const withUse = (uses: readonly number[], use: number): readonly number[] =>
  uses.length === 0 && use === 1 ? FIRST_ONLY : [...uses, use]

/** An agent or an executor. */
export interface PartyFact {
  /** Index of the latest entry that added it. */
  readonly index: number
  removed: boolean
  /** The person who runs an agent. */
  readonly runBy: string | undefined
}

export interface ApproverFact {
  /** Trace of the entry that enrolled this person: the first passkey has the same. */
  readonly trace: string
  readonly roles: readonly string[]
  readonly isAdmin: boolean
  /** Digest of the registrations that the first admin was shown and signed; null for others. */
  readonly registered: Digest | null
  removed: boolean
}

export interface KeyFact {
  readonly index: number
  readonly approver: string
  readonly jwk: JsonObject
  /** The person's roles when the key was added. */
  readonly roles: readonly string[]
  revoked: boolean
}

/** A row that the log's key has to have sealed, as its entry states it. `code`: the finding where it has not. */
export interface SealedFact {
  readonly index: number
  readonly code: FindingCode
  readonly kind: string
  readonly id: string
  /** SHA-256 of the row: its kind, id and content. */
  readonly digest: string
  readonly seals: string[]
}

/** A way in that was opened on the host, without anybody's consent. Instants are epoch seconds. */
export interface BreakGlassFact {
  readonly openedAt: number
  readonly expiresAt: number
  /** Whom it let in, and who acknowledged it: an admin, or `operator` for the host. */
  approver: string | null
  acknowledgedBy: string | null
}

/** A membership as a directory wrote it, without what is of every entry. */
interface MembershipFact {
  readonly index: number
  readonly content: JsonObject
  readonly seal: string
}

interface SigningKeyFact {
  readonly jwk: JsonObject
  readonly signsFrom: number
}

/** The ids of the members of a group, and those before its last change. */
export interface GroupFact {
  readonly members: ReadonlySet<string>
  readonly before: ReadonlySet<string>
  readonly changedAt: number
}

export interface AbsenceFact {
  readonly index: number
  readonly approver: string
  /** Undefined where nobody answers in their place. */
  readonly deputy: string | undefined
  readonly from: number
  readonly until: number
  endedAt: number
}

/** A kill switch that is engaged. */
interface SwitchFact {
  readonly selector: Selector
  readonly engagedAt: number
}

export interface Facts {
  readonly requests: Map<string, RequestFact>
  /** By the request that people consented to. */
  readonly grants: Map<string, GrantFact>
  /** The grant of each request that was approved under one. */
  readonly underGrant: Map<string, string>
  readonly changed: Map<string, ChangeFact>
  readonly tokens: Map<string, TokenFact>
  readonly agents: Map<string, PartyFact>
  readonly executors: Map<string, PartyFact>
  readonly approvers: Map<string, ApproverFact>
  readonly groups: Map<string, GroupFact>
  readonly absences: Map<string, AbsenceFact>
  /** By their text: decisions of the same terms share one. */
  readonly asked: Map<string, AskedPeople>
  /** By name, the groups that they were given; those that are not revoked. */
  readonly directories: Map<string, ReadonlySet<string>>
  /** The newest version of each group that a directory wrote. */
  readonly memberships: Map<string, number>
  readonly sealedMemberships: MembershipFact[]
  readonly keys: Map<string, KeyFact>
  /** By kind and id; an erasure by kind and the index of its entry. */
  readonly sealed: Map<string, SealedFact>
  readonly breakGlass: Map<string, BreakGlassFact>
  /** By break-glass, the admins who may acknowledge it. */
  readonly glassWitnesses: Map<string, Set<string>>
  readonly signingKeys: Map<string, SigningKeyFact>
  /** Keys that the log announced, with approval. */
  readonly logKeys: string[]
  readonly switches: Map<string, SwitchFact>
  /** Approved requests, each with the change to the authority that it was spent on. */
  readonly changes: Set<string>
  /** Traces of approved removals of people. */
  readonly removals: Set<string>
  /** Traces of approved recoveries. */
  readonly recoveries: Set<string>
  readonly nonces: Set<string>
  hasAdmin: boolean
  /** Until there is an admin. */
  readonly registered: RegisteredFacts
  latestAt: number
  /** One copy of a name that many entries hold, whatever copies they were parsed into. */
  readonly shared: (name: string) => string
}

function createShared(): (name: string) => string {
  const names = new Map<string, string>()
  return (name) => {
    const known = names.get(name)
    if (known === undefined) names.set(name, name)
    return known ?? name
  }
}

export const createFacts = (): Facts => ({
  requests: new Map(),
  grants: new Map(),
  underGrant: new Map(),
  changed: new Map(),
  tokens: new Map(),
  agents: new Map(),
  executors: new Map(),
  approvers: new Map(),
  groups: new Map(),
  absences: new Map(),
  asked: new Map(),
  directories: new Map(),
  memberships: new Map(),
  sealedMemberships: [],
  keys: new Map(),
  sealed: new Map(),
  breakGlass: new Map(),
  glassWitnesses: new Map(),
  signingKeys: new Map(),
  logKeys: [],
  switches: new Map(),
  changes: new Set(),
  removals: new Set(),
  recoveries: new Set(),
  nonces: new Set(),
  hasAdmin: false,
  registered: noneRegistered(),
  latestAt: 0,
  shared: createShared(),
})

const PRINTED = [
  'approver',
  'nonce',
  'expires',
  'preview',
  'key',
  'authenticator_data',
  'client_data_json',
  'signature',
  'batch',
  'on_behalf_of',
]

/** By this digest an entry and a token are known to hold the same consent, in whatever order its members stand. */
export function printOf(
  digest: (text: string) => string,
  consent: { readonly [name: string]: JsonValue | undefined },
): string {
  return digest(JSON.stringify(PRINTED.map((name) => consent[name] ?? null)))
}
