/**
 * The statement that a new passkey signs before it counts, and the digest of the parties that a first admin is shown.
 *
 * Verifies nothing: `verifyAssertion` does. SPEC 10.1.
 */
import type { Bytes } from '../data/bytes.ts'
import { canonicalize } from '../data/canonicalize.ts'
import { type Digest, digestOf, sha256 } from '../data/digest.ts'
import type { JsonObject } from '../data/json.ts'

/** The statement that a new passkey signs: it will act for this person, who may do this. */
export type EnrolmentStatement = {
  readonly typ: 'countersign/enrolment/v1'
  readonly iss: string
  /** Pseudonymous id of the person. */
  readonly approver: string
  readonly roles: readonly string[]
  /** `registeredDigest` of what the first admin is shown; null for everybody else. */
  readonly registered: Digest | null
  /** 32 random bytes, base64url: keeps the challenge unpredictable. */
  readonly nonce: string
}

/** The statement by which an existing passkey authorises exactly this further one of the same person. */
export type AuthorisationStatement = Pick<EnrolmentStatement, 'iss' | 'approver' | 'roles' | 'nonce'> & {
  readonly typ: 'countersign/further-passkey/v1'
  /** base64url SHA-256 of the new passkey's credential id. */
  readonly credential: string
  /** Thumbprint of the new passkey's public key. */
  readonly key: string
}

/** A new passkey's signature over its enrolment statement, as the ledger keeps it. */
export type EnrolmentProof = {
  readonly nonce: string
  /** Base64url, as the authenticator and the browser gave them. */
  readonly authenticator_data: string
  readonly client_data_json: string
  readonly signature: string
}

/** An executor as it is registered, whole. */
export type ExecutorRow = {
  readonly executor: string
  readonly title: string
  readonly catalogue: readonly JsonObject[]
  readonly challenge_keys: readonly JsonObject[]
}

/** The parties, credentials and kill switches of an authority without an admin. */
type RegisteredWith<Executor> = {
  readonly agents: readonly {
    readonly agent: string
    readonly principals: readonly string[]
    readonly executors: readonly string[]
    readonly groups: readonly string[]
    readonly run_by: string | null
  }[]
  readonly executors: readonly Executor[]
  readonly credentials: readonly {
    readonly credential: string
    readonly kind: string
    readonly subject: string
    /** Epoch seconds. */
    readonly expires: number
  }[]
  /** Those that are active. */
  readonly killswitches: readonly { readonly killswitch: string; readonly selector: JsonObject }[]
}

/** As the first admin is shown it: whole. */
export type RegisteredDocument = RegisteredWith<ExecutorRow>

/** As its digest covers it: executors by their `executorDigest`. */
export type Registered = RegisteredWith<{ readonly executor: string; readonly row: string }>

/** The WebAuthn challenge of an enrolment, for making the passkey and for trying it: 32 bytes. */
export function enrolmentChallenge(statement: EnrolmentStatement): Promise<Bytes> {
  return sha256(canonicalize(statement))
}

/** What an existing passkey signs, once the new one has signed `enrolment`. */
export const authorisationStatement = (
  { iss, approver, roles, nonce }: Pick<EnrolmentStatement, 'iss' | 'approver' | 'roles' | 'nonce'>,
  { credential, key }: Pick<AuthorisationStatement, 'credential' | 'key'>,
): AuthorisationStatement => ({ typ: 'countersign/further-passkey/v1', iss, approver, roles, nonce, credential, key })

/** The WebAuthn challenge of the existing passkey: 32 bytes. */
export function authorisationChallenge(statement: AuthorisationStatement): Promise<Bytes> {
  return sha256(canonicalize(statement))
}

/** Digest of all that an executor is registered with. */
export function executorDigest(row: ExecutorRow): Promise<Digest> {
  return digestOf({ typ: 'countersign/executor/v1', ...row })
}

/** Digest of `canonicalRegistered`. */
export async function registeredDigest({ executors, ...rest }: RegisteredDocument): Promise<Digest> {
  const rows = executors.map(async (row) => ({ executor: row.executor, row: await executorDigest(row) }))
  return digestOf(inOrder({ ...rest, executors: await Promise.all(rows) }))
}

/** The text that `registeredDigest` is over, for those who know executors by their digests. */
export function canonicalRegistered(registered: Registered): string {
  return canonicalize(inOrder(registered))
}

const inOrder = ({ agents, executors, credentials, killswitches }: Registered): JsonObject => ({
  typ: 'countersign/registered/v1',
  agents: sorted(agents, ({ agent }) => agent),
  executors: sorted(executors, ({ executor }) => executor),
  credentials: sorted(credentials, ({ credential }) => credential),
  killswitches: sorted(killswitches, ({ killswitch }) => killswitch),
})

function sorted<T>(list: readonly T[], nameOf: (item: T) => string): T[] {
  return [...list].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
}
