/** Changes to people: roles, the end of a suspension, and removal with all dependent rights. SPEC 10.2. */
import * as z from 'zod'
import { isTooSyncedFor } from '../../domain/identity/bound-keys.ts'
import { changedRow, endedRow, leftRow } from '../../domain/identity/configuration-rows.ts'
import { clientId, principalId, Roles } from '../../domain/identity/identifiers.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { leaverEntries } from '../stop/revocation-entries.ts'
import { type ChangeNeeds, ownChange } from './own-change.ts'

/** `revoke` and `hand_over` name the agents that the person runs, each once, and no others. */
export const RemoveApproverArguments = z
  .strictObject({
    approver: principalId,
    revoke: z.array(clientId).max(500).default([]),
    hand_over: z
      .array(z.strictObject({ agent: clientId, to: principalId }))
      .max(500)
      .default([]),
  })
  .refine(
    ({ revoke, hand_over: given }) =>
      new Set([...revoke, ...given.map(({ agent }) => agent)]).size === revoke.length + given.length,
    'name each agent once',
  )
  .refine(({ approver, hand_over: given }) => given.every(({ to }) => to !== approver), 'hand over to somebody else')

type Removal = z.output<typeof RemoveApproverArguments>

const changedMeanwhile = () =>
  refuse(
    'invalid_request',
    'People or agents have changed meanwhile. Nothing was changed. Read them again, then propose the change again.',
    { status: 409 },
  )

export const nobody = (id: string) =>
  refuse('not_found', `There is nobody here under ${id}. The list of people has the ids.`)

/** Null where it was erased. */
const nameOfPerson = async ({ store }: ChangeNeeds, { approver }: { readonly approver: string }) =>
  (await store.approver(approver))?.name ?? null

export const removeApprover = ownChange({
  name: 'countersign.approver.remove',
  title: 'Remove {approver} and everything they may do',
  named: nameOfPerson,
  effect: 'write',
  reversible: false,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: RemoveApproverArguments,
  resource: ({ approver }) => `approver:${approver}`,
  // Their passkeys do not count without them, and each has an entry of its own.
  rows: ({ approver, revoke, hand_over: heirs }, present) => [
    endedRow('person', approver),
    ...revoke.map((id) => endedRow('agent', id)),
    ...heirs.map(({ agent, to }) => changedRow(present, 'agent', agent, { run_by: to })),
  ],
  async replaced({ store }, { approver }) {
    const [person, passkeys, runs] = await Promise.all([
      store.approver(approver),
      store.passkeysOf(approver),
      store.agentsRunBy(approver),
    ])
    if (!person) return null
    const live = passkeys.filter(({ revokedAt }) => revokedAt === null).map(({ label }) => label)
    return {
      approver,
      name: person.name,
      roles: person.roles,
      ...(live.length > 0 ? { passkeys: live } : {}),
      ...(runs.length > 0 ? { runs } : {}),
    }
  },
  async prepare(deps, removal) {
    const { approver, revoke, hand_over: heirs } = removal
    const possible = await isRemovable(deps, removal)
    if (!possible.ok) return possible
    return ok({
      change: { kind: 'approver.remove', approver, at: deps.now(), revoke, heirs },
      type: 'approver.removed',
      members: { approver, seal: await sealRow(deps.logKey, leftRow(approver)) },
      entriesFor: leaverEntries,
      answer: { subject: approver },
    })
  },
})

/** `replaces`: the roles as they were read, so that nobody consents to a change of others. */
export const UpdateApproverArguments = z.strictObject({ approver: principalId, replaces: Roles, roles: Roles })

export const updateApprover = ownChange({
  name: 'countersign.approver.update',
  title: 'Change the roles of {approver}',
  named: nameOfPerson,
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: UpdateApproverArguments,
  rows: ({ approver, roles }, present) => [changedRow(present, 'person', approver, { roles })],
  resource: ({ approver }) => `approver:${approver}`,
  async replaced({ store }, { approver, replaces }) {
    return { approver, name: (await store.approver(approver))?.name ?? null, replaces, roles: replaces }
  },
  async prepare({ store, config, now }, { approver, replaces, roles }) {
    const present = (await store.listApprovers()).filter(({ removedAt }) => removedAt === null)
    const person = present.find(({ id }) => id === approver)
    if (!person) return nobody(approver)
    if (!isSameSet(person.roles, replaces)) return changedMeanwhile()
    if (isSameSet(roles, replaces)) return refuse('invalid_request', 'They have these roles already.')
    const keys = person.passkeys.filter(({ revokedAt }) => revokedAt === null)
    const gained = roles.filter((role) => !replaces.includes(role))
    if (keys.some((key) => isTooSyncedFor(config.deviceBoundRoles, gained, key))) return synced()
    const loses = person.roles.includes('admin') && !roles.includes('admin')
    if (loses && !anotherCanSign(present, approver)) return lastAdmin()
    return ok({
      change: { kind: 'approver.update', approver, replaces, roles, at: now() },
      type: 'approver.changed',
      members: { approver, roles },
      entriesFor: leaverEntries,
      answer: { subject: approver },
    })
  },
})

const deactivated = (directory: string) =>
  refuse('forbidden', `The directory ${directory} has deactivated them. Let it activate them first, or revoke it.`)

const synced = () =>
  refuse(
    'forbidden',
    'Passkeys of this role have to stay on one device, and this person has one that is synced. Let them add another one and revoke it first.',
  )

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((role) => other.includes(role))

export const restoreApprover = ownChange({
  name: 'countersign.approver.restore',
  title: 'Let {approver} back in',
  named: nameOfPerson,
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: z.strictObject({ approver: principalId }),
  rows: ({ approver }, present) => [changedRow(present, 'person', approver, { suspended: false })],
  resource: ({ approver }) => `approver:${approver}`,
  async replaced({ store }, { approver }) {
    const person = await store.approver(approver)
    return person ? { approver, name: person.name, roles: person.roles, suspended_at: person.suspendedAt } : null
  },
  async prepare({ store }, { approver }) {
    const person = await store.approver(approver)
    if (person?.removedAt !== null) return nobody(approver)
    const named = await store.provisionedPerson(approver)
    if (named?.active === false) return deactivated(named.directory)
    if (person.suspendedAt === null) return refuse('invalid_request', 'They are not suspended.', { status: 409 })
    return ok({
      change: { kind: 'approver.restore', approver },
      type: 'approver.restored',
      members: { approver },
      answer: { subject: approver },
    })
  },
})

/** The statement that removes decides again. */
async function isRemovable({ store }: ChangeNeeds, removal: Removal): Promise<Result<true>> {
  const { approver, revoke, hand_over: heirs } = removal
  const everybody = await store.listApprovers()
  const present = everybody.filter(({ removedAt }) => removedAt === null)
  const person = present.find(({ id }) => id === approver)
  if (!person) return nobody(approver)
  const named = new Set([...revoke, ...heirs.map(({ agent }) => agent)])
  const unnamed = person.runs.filter((agent) => !named.has(agent))
  if (unnamed.length > 0) {
    return refuse(
      'invalid_request',
      `They run ${unnamed.join(', ')}. Say of each whether it is revoked or who runs it.`,
    )
  }
  const foreign = [...named].filter((agent) => !person.runs.includes(agent))
  if (foreign.length > 0) return refuse('invalid_request', `They do not run ${foreign.join(', ')}.`)
  const absent = heirs.find(({ to }) => !present.some(({ id, suspendedAt }) => id === to && suspendedAt === null))
  if (absent) return nobody(absent.to)
  return person.roles.includes('admin') && !anotherCanSign(present, approver) ? lastAdmin() : ok(true)
}

type Known = Awaited<ReturnType<ChangeNeeds['store']['listApprovers']>>[number]

const anotherCanSign = (present: readonly Known[], approver: string): boolean =>
  present.some(
    ({ id, roles, suspendedAt, passkeys }) =>
      id !== approver &&
      suspendedAt === null &&
      roles.includes('admin') &&
      passkeys.some(({ revokedAt }) => revokedAt === null),
  )

export const lastAdmin = () =>
  refuse('forbidden', 'No other admin could sign then. Make somebody else an admin, with a passkey, first.')
