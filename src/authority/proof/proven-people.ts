/**
 * People as the use cases see them: in force, with the groups, absences and names that are proven. SPEC 8.1, 10.4.
 */
import { nameRow } from '../../domain/identity/configuration-rows.ts'
import { ALTERED_NAME, type Approver, delegable } from '../../domain/identity/parties.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { ProofParts } from './proof-parts.ts'
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
  return {
    /** As proven, where rows say otherwise: the statement that acts on it compares their number. */
    async countPeople() {
      const counted = await store.countPeople()
      if (counted === follower.people.count()) return counted
      await follower.catchUp()
      return follower.hasRoot() ? follower.people.count() : counted
    },
    hasAdmin: async () => follower.hasRoot() || store.hasAdmin(),
    async offerBootstrap(invitation) {
      return follower.hasRoot() ? { verdict: 'admin_exists' } : store.offerBootstrap(invitation)
    },
    async invitation(link) {
      const invited = await store.invitation(link)
      return invited?.bootstrap && follower.hasRoot() ? undefined : invited
    },
    passkey: async (credentialId) => check(PASSKEY, await store.passkey(credentialId)),
    passkeysOf: async (approver) => only(check, PASSKEY, await store.passkeysOf(approver)),
    approver: async (id) => person(await store.approver(id)),
    session: async (cookie) => person(await store.session(cookie)),
    async listApprovers() {
      const people = await Promise.all((await only(check, PERSON, await store.listApprovers())).map(named))
      return Promise.all(people.map(async (one) => ({ ...one, passkeys: await only(check, PASSKEY, one.passkeys) })))
    },
  } satisfies Partial<PeopleStore>
}
