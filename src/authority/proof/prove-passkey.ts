/**
 * Proves passkeys that no action asked for: the first admin's, which ties every chain to a pinned thumbprint, and a
 * further one of a person, which an existing one authorised. SPEC 10.1, 10.4.
 */
import { ApprovalError, type ApproverKey, type JsonObject, jwkThumbprint, parseApprovers } from '@countersign/verifier'
import {
  authorisationChallenge,
  authorisationStatement,
  type EnrolmentStatement,
  enrolmentChallenge,
  type RegisteredDocument,
  registeredDigest,
} from '@countersign/verifier/authority'
import type { NoteKey } from '@countersign/verifier/proof'
import {
  agentRow,
  type ConfigurationRow,
  executorRow,
  killSwitchRow,
  passkeyRow,
  personRow,
} from '../../domain/identity/configuration-rows.ts'
import { BREAK_GLASS_ROLES } from '../../domain/identity/parties.ts'
import { sealedBy } from '../../domain/ledger/row-seal.ts'
import type { ProofStore } from '../../store/contract/proof-store.ts'
import type { Config } from '../config.ts'
import type { RootKeys } from '../deps.ts'
import { insistOn } from './prove-change.ts'
import { insistAnswered, type Signed } from './prove-signature.ts'
import type { InForce } from './proven-rows.ts'
import { objectOf, textOf } from './safer-facts.ts'

interface Needs {
  readonly config: Pick<Config, 'origin' | 'rpId'>
  readonly store: Pick<ProofStore, 'shownToFirstAdmin'>
  /** The keys of the log whose seals count. */
  readonly logKeys: readonly NoteKey[]
}

/** The key in an entry, whose name is its thumbprint: nothing else of it has to be believed. Throws `Unproven`. */
export async function keyIn({ approver = '', public_key }: JsonObject): Promise<ApproverKey> {
  const holder = { approver, agents: [], keys: [public_key ?? null] }
  const document = { rp_id: 'authority', origins: ['authority'], approvers: [holder] }
  const key = readKey(document)
  insistOn(key && (await jwkThumbprint(key)) === key.kid, 'its key is malformed, or its name is not its thumbprint')
  return key
}

function readKey(document: JsonObject): ApproverKey | undefined {
  try {
    return parseApprovers(document).approvers[0]?.keys[0]
  } catch (error) {
    if (error instanceof ApprovalError) return undefined
    throw error
  }
}

const insistSigned = async ({ config }: Needs, signed: Signed, statement: EnrolmentStatement): Promise<void> =>
  insistAnswered(config, signed, await enrolmentChallenge(statement))

/** Rows of the first admin, and of everything that they were shown and signed for. Throws `Unproven`. */
export async function proveRoot(
  deps: Needs,
  rootKeys: Pick<RootKeys, 'trusts'>,
  enrolled: JsonObject,
  members: JsonObject,
): Promise<readonly ConfigurationRow[]> {
  const key = await keyIn(members)
  insistOn(await rootKeys.trusts(key.kid), 'it is not the key that is pinned outside the database')
  const approver = textOf(members, 'approver')
  const roles = rolesOf(enrolled['roles'])
  const document = shownIn(await deps.store.shownToFirstAdmin(approver))
  insistOn(document, 'what was registered before it is not kept')
  const proof = objectOf(members['enrolment'])
  const stated = { approver, roles, registered: await registeredDigest(document), nonce: textOf(proof, 'nonce') }
  await insistSigned(deps, { key, proof }, statementOf(deps, stated))
  return [
    personRow({ id: approver, roles, suspendedAt: null }),
    passkeyRow({ approver, key }),
    ...registeredRows(document),
  ]
}

const rolesOf = (value: JsonObject[string] | undefined): readonly string[] =>
  Array.isArray(value) ? value.map(String) : []

function shownIn(payload: string | undefined): RegisteredDocument | undefined {
  return payload === undefined ? undefined : JSON.parse(payload).content
}

const registeredRows = ({ agents, executors, killswitches }: RegisteredDocument): readonly ConfigurationRow[] => [
  ...agents.map(({ agent: id, principals, executors, groups, run_by: runBy }) =>
    agentRow({ id, principals, executors, groups, runBy }),
  ),
  ...executors.map(({ executor: audience, title, catalogue, challenge_keys: challengeKeys }) =>
    executorRow({ audience, title, catalogue, challengeKeys }),
  ),
  ...killswitches.map(({ killswitch: id, selector }) => killSwitchRow({ id, selector })),
]

type Stated = Pick<EnrolmentStatement, 'approver' | 'roles' | 'registered' | 'nonce'>

const statementOf = ({ config }: Needs, stated: Stated): EnrolmentStatement => ({
  typ: 'countersign/enrolment/v1',
  iss: config.origin,
  ...stated,
})

/** Rows of the admin whom a break-glass let in, by a key that is pinned or that the log's key sealed. Throws `Unproven`. */
export async function proveLetIn(
  deps: Needs,
  rootKeys: Pick<RootKeys, 'pinned'>,
  inForce: InForce,
  members: JsonObject,
): Promise<readonly ConfigurationRow[]> {
  const key = await keyIn(members)
  const approver = textOf(members, 'approver')
  const passkey = passkeyRow({ approver, key })
  const isSealed = async () =>
    inForce.present('breakglass', textOf(members, 'breakglass')) !== undefined &&
    (await sealedBy(deps.logKeys, passkey, textOf(members, 'seal'))) > 0
  insistOn(rootKeys.pinned().includes(key.kid) || (await isSealed()), 'nobody on the host let it in')
  const proof = objectOf(members['enrolment'])
  const stated = { approver, roles: BREAK_GLASS_ROLES, registered: null, nonce: textOf(proof, 'nonce') }
  await insistSigned(deps, { key, proof }, statementOf(deps, stated))
  return [personRow({ id: approver, roles: BREAK_GLASS_ROLES, suspendedAt: null }), passkey]
}

/** The row of a further passkey, which one in force of the same person authorised. Throws `Unproven`. */
export async function proveFurther(
  deps: Needs,
  inForce: InForce,
  keys: ReadonlyMap<string, ApproverKey>,
  members: JsonObject,
): Promise<readonly ConfigurationRow[]> {
  const key = await keyIn(members)
  const approver = textOf(members, 'approver')
  const kid = textOf(members, 'authorised_by')
  const existing = keys.get(kid)
  insistOn(
    existing && inForce.present('passkey', kid)?.['approver'] === approver,
    'the passkey behind it is not proven',
  )
  const roles = rolesOf(inForce.present('person', approver)?.['roles'])
  const proof = objectOf(members['enrolment'])
  const statement = statementOf(deps, { approver, roles, registered: null, nonce: textOf(proof, 'nonce') })
  await insistSigned(deps, { key, proof }, statement)
  const authorised = authorisationStatement(statement, { credential: textOf(members, 'credential'), key: key.kid })
  const authorisation = { key: existing, proof: objectOf(members['authorisation']) }
  await insistAnswered(deps.config, authorisation, await authorisationChallenge(authorised))
  return [passkeyRow({ approver, key })]
}
