/**
 * Writes a directory's resource with the consequences: a group's members, or the end of a person's rights. All rows
 * and entries commit together. No write gives a right without consent: a membership counts only where an approved
 * change gave the directory this group. SPEC 10.10.
 */
import { newTrace } from '../../domain/approval/approval-request.ts'
import { leftRow, provisionedRow } from '../../domain/identity/configuration-rows.ts'
import { type Directory, displayKey, MAX_PROVISIONED, type Provisioned } from '../../domain/identity/directories.ts'
import type { Group } from '../../domain/identity/groups.ts'
import { type EntryMembers, type EntryType, type PreparedEntry, prepareEntry } from '../../domain/ledger/entry.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { mapResult, ok, type Refusal, type Result, refuse, refused } from '../../domain/refusal.ts'
import type { ResourceType } from '../../domain/scim/attributes.ts'
import type { ProvisionedVerdict, ProvisionedWrite } from '../../store/contract/provisioning-store.ts'
import type { Endings } from '../../store/contract/request-store.ts'
import { newId } from '../new-id.ts'
import { leaverEntries } from '../stop/revocation-entries.ts'
import type { Change, ProvisioningNeeds } from './change.ts'
import { groupsWithout, membershipOf, nextGroup } from './memberships.ts'

const STALE: Refusal = {
  code: 'invalid_request',
  message: 'This was changed at the same time. Nothing was written. Read it again.',
  status: 409,
}

/** Refuses: `invalid_request`, `forbidden`. */
export async function writeResource(
  deps: ProvisioningNeeds,
  directory: Directory,
  change: Change,
): Promise<Result<Provisioned>> {
  const resource = await sealed(deps, directory, change)
  const groups = await groupsAfter(deps, directory, change)
  if (!groups.ok) return groups
  const write = await writeOf(deps, change, resource, groups.value)
  const verdict = await deps.store.writeProvisioned(write)
  if (verdict !== 'written') return refused(refusalOf(verdict, change.type))
  const { kind, id } = resource
  deps.log.info('scim.written', { directory: directory.name, kind, id, version: resource.version })
  return ok(resource)
}

/** The groups that change with it: a group itself, or those that somebody who is deleted was in. */
async function groupsAfter(
  deps: ProvisioningNeeds,
  directory: Directory,
  change: Change,
): Promise<Result<readonly Group[]>> {
  const { type, before, attributes } = change
  if (type.kind === 'user')
    return ok(before && attributes === null ? await groupsWithout(deps, directory, before.id) : [])
  return mapResult(await nextGroup(deps, directory, change), (group) => (group === null ? [] : [group]))
}

/** The row as it is from then on, signed. */
async function sealed(deps: ProvisioningNeeds, directory: Directory, { type, before, attributes }: Change) {
  const at = deps.now()
  const { members: _, externalId = null, ...said } = attributes ?? before?.attributes ?? {}
  // A group’s name keeps the case in which it was created.
  const kept = type.kind === 'group' && before ? { ...said, displayName: before.attributes['displayName'] ?? '' } : said
  const { active = true } = said
  const row: Provisioned = {
    id: before?.id ?? newId(deps.randomBytes),
    directory: directory.name,
    kind: type.kind,
    key: displayKey(String(kept[type.kind === 'user' ? 'userName' : 'displayName'] ?? '')),
    externalId: externalId === null ? null : String(externalId),
    active: active === true,
    attributes: externalId === null ? kept : { ...kept, externalId },
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? at,
    modifiedAt: at,
    seal: '',
  }
  return { ...row, seal: await sealRow(deps.logKey, provisionedRow(row)) }
}

async function writeOf(
  deps: ProvisioningNeeds,
  { type, before, attributes }: Change,
  resource: Provisioned,
  groups: readonly Group[],
): Promise<ProvisionedWrite> {
  const isDeleted = attributes === null
  const person = type.kind === 'group' ? null : isDeleted ? 'removed' : resource.active ? null : 'suspended'
  const trace = newTrace(deps.randomBytes)
  const entry = (kind: EntryType, members: EntryMembers) =>
    prepareEntry(kind, deps.now(), trace, { directory: resource.directory, ...members })
  const own = await entry(isDeleted ? 'scim.deleted' : before ? 'scim.changed' : 'scim.created', {
    kind: resource.kind,
    subject: resource.id,
    version: resource.version,
    ...(type.kind === 'user' ? { active: resource.active } : {}),
  })
  const synced = await Promise.all(
    groups.map(async (group) => entry('group.synced', await membershipOf(deps, resource.directory, group))),
  )
  return {
    resource,
    before: before?.version ?? null,
    isDeleted,
    most: MAX_PROVISIONED,
    groups,
    person,
    at: deps.now(),
    entriesFor: async (ended) => [
      own,
      ...synced,
      ...(ended === null
        ? []
        : await endOf(await entry(ENDS[person ?? 'suspended'], await endedMembers(deps, resource.id, person)), ended)),
    ],
  }
}

/** A removal is sealed, since the number of people follows from it. */
const endedMembers = async (
  { logKey }: ProvisioningNeeds,
  approver: string,
  person: ProvisionedWrite['person'],
): Promise<EntryMembers> =>
  person === 'removed' ? { approver, seal: await sealRow(logKey, leftRow(approver)) } : { approver }

const ENDS = { suspended: 'approver.suspended', removed: 'approver.removed' } as const

const endOf = async (cause: PreparedEntry, ended: Endings): Promise<readonly PreparedEntry[]> => [
  cause,
  ...(await leaverEntries(cause, ended)),
]

function refusalOf(verdict: Exclude<ProvisionedVerdict, 'written'>, { name }: ResourceType): Refusal {
  switch (verdict) {
    case 'exists':
      return {
        code: 'invalid_request',
        message: `There is a ${name} of this name already. Names are compared without case.`,
        status: 409,
        scimType: 'uniqueness',
      }
    case 'full':
      return { code: 'forbidden', message: `A directory has at most ${MAX_PROVISIONED} of a kind. Delete some first.` }
    case 'last_admin':
      return refuse('forbidden', LAST_ADMIN).refusal
    case 'stale':
      return STALE
  }
}

const LAST_ADMIN =
  'They are the last admin who can sign here, and no directory takes that. Make somebody else an admin, with a passkey, first.'
