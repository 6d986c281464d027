/**
 * The parties: agents, executors, approvers, their passkeys and the credentials that software calls with. Instants are
 * epoch seconds. SPEC 1, 10.
 */
import type { ApproverKey, Digest, JsonObject } from '@countersign/verifier'
import type { Undo } from '../catalogue/undo.ts'
import type { Absence, Deputyship } from './absence.ts'

export type Effect = 'read' | 'write' | 'destructive'

/** One action an executor offers. `title` is the executor's own sentence, `{member}` standing for an argument. */
export interface CatalogueEntry {
  readonly name: string
  readonly effect: Effect
  /** Undefined where the executor states nothing. */
  readonly reversible?: boolean | undefined
  readonly title?: string | undefined
  /** The sentence in place of the title; a part in brackets is left out where an argument in it is not given. */
  readonly phrase?: string | undefined
  /** What it does, in the words of the server that a gateway stands in front of. */
  readonly description?: string | undefined
  /** All else that this server says of it, as JSON in lines. */
  readonly definition?: string | undefined
  /** Digest of all that this server says of it: the gateway runs nothing that is described otherwise. */
  readonly pin?: Digest | undefined
  /** JSON Schema of the arguments, which has no fault. */
  readonly schema?: JsonObject | undefined
  /** Where the executor gives a preview that it signs. `required`: without it, no request that an agent opens itself. */
  readonly preview?: { readonly url: string; readonly required?: boolean | undefined } | undefined
  readonly undo?: Undo | undefined
  /** Only an approval that is bound to a state counts: the executor's own challenge has to open the request. */
  readonly state?: 'required' | undefined
  /** The path of the argument that names what is acted upon; by default the resource names it. */
  readonly target?: string | undefined
  /** In the order in which people read them. */
  readonly arguments?: readonly CatalogueArgument[] | undefined
}

/** `name` is a path as in a title: member names joined by dots. It stands for all that the argument holds. */
export interface CatalogueArgument {
  readonly name: string
  readonly label?: string | undefined
  /** Shown first and large: an amount, a recipient. */
  readonly key?: boolean | undefined
  /** Masked for auditors until they uncover it. */
  readonly sensitive?: boolean | undefined
  /** What its text is read as for signals; by default its name and form tell. */
  readonly language?: 'text' | 'sql' | 'postgresql' | 'shell' | undefined
  /** An approver may change it, and so approve another call than was asked for. */
  readonly changeable?: boolean | undefined
}

/**
 * `principals`: those it may ask for, the first by default. `runBy`: the approver who runs it, if one does.
 * `executors`: the audiences that it was given to call. `version` grows with every change, as that of an executor.
 */
export interface Agent {
  readonly id: string
  readonly principals: readonly string[]
  readonly executors: readonly string[]
  readonly groups: readonly string[]
  readonly runBy: string | null
  readonly version: number
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** `version` grows with every change of the catalogue or keys, so that a cached copy can be told from the present one. */
export interface Executor {
  readonly audience: string
  readonly title: string
  readonly catalogue: readonly CatalogueEntry[]
  readonly challengeKeys: readonly JsonWebKeyWithId[]
  readonly version: number
  readonly createdAt: number
  readonly revokedAt: number | null
}

/** A public JWK with `kid` and `alg`, as in a JWKS. */
export type JsonWebKeyWithId = Readonly<Record<string, string | boolean | readonly string[]>> & {
  readonly kid: string
  readonly alg: 'ES256' | 'EdDSA'
  readonly kty: string
}

export type Role = 'approver' | 'admin' | 'auditor'

/** Of the admin whom a break-glass lets in. */
export const BREAK_GLASS_ROLES: readonly Role[] = ['admin', 'approver']

/** `id` is pseudonymous; `name` lives in an erasable row and is null once erased. */
/** Shown in place of a name that was altered. */
export const ALTERED_NAME = 'Name altered in the database'

export interface Approver {
  readonly id: string
  /** Null once erased, `ALTERED_NAME` where it was altered. */
  readonly name: string | null
  /** Whether the stored name is not the one with which they were enrolled. */
  readonly altered?: boolean
  readonly roles: readonly Role[]
  /** The groups that they are in, beside those of their roles. */
  readonly groups: readonly string[]
  readonly createdAt: number
  /** Since when they may do nothing until an approved change lets them back in. */
  readonly suspendedAt: number | null
  readonly removedAt: number | null
  /** Their own absence, planned or under way. */
  readonly absence: Absence | null
  /** Absences in which they are the deputy, planned or under way. */
  readonly standsFor: readonly Deputyship[]
}

/** Whether a person may do anything here. */
export const isPresent = ({ suspendedAt, removedAt }: Pick<Approver, 'suspendedAt' | 'removedAt'>): boolean =>
  suspendedAt === null && removedAt === null

/** All groups that a person answers for: an auditor's role is none. */
export const groupsOf = ({ roles, groups }: Pick<Approver, 'roles' | 'groups'>): readonly string[] => [
  ...roles.filter((role) => role !== 'auditor'),
  ...groups,
]

/** Those for which a deputy answers in their place: an admin's rights are not delegated. */
export const delegable = (person: Pick<Approver, 'roles' | 'groups'>): readonly string[] =>
  groupsOf(person).filter((group) => group !== 'admin')

export const isOfAny = (person: Pick<Approver, 'roles' | 'groups'>, groups: readonly string[]): boolean =>
  groupsOf(person).some((group) => groups.includes(group))

/** A person as one of their sessions knows them. */
export interface SignedIn extends Approver {
  /** Id of the session. */
  readonly session: string
}

export interface Passkey {
  /** base64url, as WebAuthn gives it. */
  readonly credentialId: string
  readonly approver: string
  readonly label: string
  readonly key: ApproverKey
  readonly counter: number
  readonly backedUp: boolean
  readonly transports: readonly string[]
  readonly aaguid: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
}

export type CredentialKind = 'agent' | 'executor' | 'operator' | 'auditor'

/** A credential without its secret, which is never stored. `prefix` is the secret's readable beginning. */
export interface Credential {
  readonly id: string
  readonly kind: CredentialKind
  /** The agent's id, the executor's audience, or a name for an operator or auditor. */
  readonly subject: string
  readonly prefix: string
  readonly createdAt: number
  readonly expiresAt: number
  readonly revokedAt: number | null
  readonly lastUsedAt: number | null
}

/** The software behind an HTTP call, as the database has it at this moment. */
export type Caller =
  | { readonly kind: 'agent'; readonly credentialId: string; readonly agent: Agent }
  | { readonly kind: 'executor'; readonly credentialId: string; readonly executor: Executor }
  | { readonly kind: 'operator' | 'auditor'; readonly credentialId: string; readonly subject: string }

/** A caller with the end of the credential that was used. Epoch seconds. */
export type KnownCaller = Caller & { readonly expiresAt: number }

export type Initiator = Caller | Approver

export const isPerson = <Person extends Approver>(by: Caller | Person): by is Person => !('kind' in by)

/** The member by which a ledger entry names its initiator. */
export const byMember = (by: Initiator): { readonly approver: string } | { readonly by: Caller['kind'] } =>
  isPerson(by) ? { approver: by.id } : { by: by.kind }

/** Events that webhooks alone are notified of: what became of a request. */
export const RESULT_KINDS = ['request.approved', 'request.denied', 'request.changed', 'outcome.reported'] as const
export type ResultKind = (typeof RESULT_KINDS)[number]

/** The events that webhooks are notified of, and people of all but the results. */
export const NOTICE_KINDS = [
  'request.waiting',
  'request.escalated',
  'request.expired',
  'killswitch.engaged',
  'breakglass.opened',
  ...RESULT_KINDS,
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

/** Events that concern no request, and wake every admin. */
export const ALARM_KINDS = ['killswitch.engaged', 'breakglass.opened'] as const
export type AlarmKind = (typeof ALARM_KINDS)[number]

export const isAlarm = (kind: string): kind is AlarmKind => ALARM_KINDS.some((alarm) => alarm === kind)

export const isResult = (kind: string): kind is ResultKind => RESULT_KINDS.some((result) => result === kind)

/** A notified endpoint: by Standard Webhooks, or in the form that incoming webhooks of chat services take. */
export interface Webhook {
  readonly id: string
  readonly url: string
  readonly kind: 'standard' | 'slack'
  readonly events: readonly NoticeKind[]
  readonly createdAt: number
  /** The request that authorised it. */
  readonly request: string | null
  readonly removedAt: number | null
}
