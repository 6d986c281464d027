/**
 * People as the use cases see them: in force, with the groups, absences, names, keys and agents that are proven. SPEC 8.1,
 * 10.4.
 */
import { canonicalize } from '@countersign/verifier'
import { nameRow, passkeyRow } from '../../domain/identity/configuration-rows.ts'
import { ALTERED_NAME, type Approver, delegable, type Passkey } from '../../domain/identity/parties.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { ProofParts } from './proof-parts.ts'
import { runsIn } from './proven-runs.ts'
import { type Check, only } from './row-check.ts'
import { ABSENCE, GROUP, PASSKEY, PERSON } from './row-kinds.ts'

export function provenPeople({ store, follower, findings }: ProofParts, check: Check) {
  const isErased = (id: string) =>
    follower.inForce.idsOf('erasure').some((order) => {
      const { rule, subject } = follower.inForce.present('erasure', order) ?? {}
      return rule === 'principal' && subject === id
    })
  /** With the name that the ledger names. One that is gone was erased by a proven order. */
  async function named<Row extends Approver>(row: Row): Promise<Row> {
    const altered = row.altered || (row.name === null && !isErased(row.id))
    if (!altered) findings.settle({ kind: 'name', id: row.id })
    else await findings.report(nameRow(row.id))
    return altered ? { ...row, altered, name: ALTERED_NAME } : row
  }
  /** Without groups that the database alone puts them in. */
  async function member<Row extends Approver>(row: Row | undefined): Promise<Row | undefined> {
    const known = await check(PERSON, row)
    const proven = known && (await named(known))
    if (!proven || proven.groups.length === 0) return proven
    const groups = await only(check, GROUP, await store.listGroups())
    const own = groups.filter(({ members }) => members.includes(proven.id)).map(({ name }) => name)
    return { ...proven, groups: proven.groups.filter((name) => own.includes(name)) }
  }
  /** Nor absent people whom the database alone makes them stand in for. */
  async function person<Row extends Approver>(row: Row | undefined): Promise<Row | undefined> {
    const proven = await member(row)
    if (!proven || (proven.standsFor.length === 0 && proven.absence === null)) return proven
    const stated = await only(check, ABSENCE, proven.standsFor)
    const absent = await Promise.all(stated.map(async ({ approver }) => member(await store.approver(approver))))
    const standsFor = stated.map((absence, at) => {
      const groups = absent[at] ? delegable(absent[at]) : []
      return { ...absence, groups: absence.groups.filter((group) => groups.includes(group)) }
    })
    return { ...proven, absence: (await check(ABSENCE, proven.absence ?? undefined)) ?? null, standsFor }
  }
  /** With the key that was enrolled, whatever else its row names by the thumbprint. */
  async function keyed(row: Passkey | undefined): Promise<Passkey | undefined> {
    const proven = await check(PASSKEY, row)
    if (!proven || proven.revokedAt !== null || !follower.hasRoot()) return proven
    const key = follower.keyOf(proven.key.kid)
    if (!key || canonicalize(proven.key) !== canonicalize(key)) await findings.report(passkeyRow(proven))
    // The same object each time: its import serves again.
    return key && { ...proven, key }
  }
  /** Undefined before there is a first admin. */
  async function provenRuns() {
    if (!follower.hasRoot()) return undefined
    await follower.catchUp()
    return runsIn(follower.inForce)
  }
  const allKeyed = async (rows: readonly Passkey[]) =>
    (await Promise.all(rows.map(keyed))).filter((row) => row !== undefined)
  return {
    /** As proven, where rows say otherwise: the statement that acts on it compares their number. */
    async countPeople() {
      const counted = await store.countPeople()
      if (counted === follower.people.count()) return counted
      await follower.catchUp()
      return follower.hasRoot() ? follower.people.count() : counted
    },
    /** As proven: a row that says that an admin was removed lowers no number. */
    async countAdmins(besides) {
      if (!follower.hasRoot()) return store.countAdmins(besides)
      await follower.catchUp()
      return follower.people.countAdmins(besides)
    },
    hasAdmin: async () => follower.hasRoot() || store.hasAdmin(),
    async offerBootstrap(invitation) {
      return follower.hasRoot() ? { verdict: 'admin_exists' } : store.offerBootstrap(invitation)
    },
    async invitation(link) {
      const invited = await store.invitation(link)
      return invited?.bootstrap && follower.hasRoot() ? undefined : invited
    },
    passkey: async (credentialId) => keyed(await store.passkey(credentialId)),
    passkeysOf: async (approver) => allKeyed(await store.passkeysOf(approver)),
    approver: async (id) => person(await store.approver(id)),
    session: async (cookie) => person(await store.session(cookie)),
    async listApprovers() {
      const [listed, runs] = await Promise.all([store.listApprovers(), provenRuns()])
      const people = await Promise.all((await only(check, PERSON, listed)).map(named))
      return Promise.all(
        people.map(async (one) => ({
          ...one,
          passkeys: await allKeyed(one.passkeys),
          runs: runs ? (runs.get(one.id) ?? []) : one.runs,
        })),
      )
    },
    /** From proven agents: a changed row lets nobody approve the calls of an agent that they run. */
    agentsRunBy: async (approver) => {
      const runs = await provenRuns()
      return runs ? (runs.get(approver) ?? []) : store.agentsRunBy(approver)
    },
    async consenters(request) {
      const [rows, runs] = await Promise.all([store.consenters(request), provenRuns()])
      return Promise.all(
        rows.map(async (row) => ({
          ...row,
          person: await person(row.person),
          passkey: await keyed(row.passkey),
          runs: runs ? (runs.get(row.stored.approver) ?? []) : row.runs,
        })),
      )
    },
    /** Also where the row of the agent or of the person says otherwise. */
    async leaverBehind(call) {
      const found = await store.leaverBehind(call)
      const { present } = follower.inForce
      const behind = [call.principal, String(present('agent', call.agent)?.['run_by'] ?? '')]
      return found ?? behind.find((id) => present('left', id) !== undefined) ?? null
    },
  } satisfies Partial<PeopleStore>
}
