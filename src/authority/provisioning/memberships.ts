/**
 * The members of a group after a directory's write: its own people as it states, all others as before. Only for groups
 * that an approved change gave the directory. SPEC 10.10.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type Directory, displayKey, type KeptGroup, type Provisioned } from '../../domain/identity/directories.ts'
import { type Group, MAX_MEMBERS } from '../../domain/identity/groups.ts'
import type { EntryMembers } from '../../domain/ledger/entry.ts'
import { membershipRow, sealRow } from '../../domain/ledger/row-seal.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import type { GroupStore } from '../../store/contract/group-store.ts'
import type { PeopleStore } from '../../store/contract/identity-store.ts'
import type { ProvisioningStore } from '../../store/contract/provisioning-store.ts'
import type { Deps, Uses } from '../deps.ts'
import type { Change, ProvisioningNeeds } from './change.ts'

/** The name of the group here that a group of the directory is; undefined where nobody gave it to the directory. */
export const groupOf = ({ groups }: Directory, displayName: unknown): string | undefined =>
  typeof displayName === 'string'
    ? groups.find((kept) => displayKey(kept.displayName) === displayKey(displayName))?.group
    : undefined

/** The ids that a list of members names. */
export const idsIn = (members: JsonObject[string] | undefined): readonly string[] =>
  Array.isArray(members) ? [...new Set(members.map((one) => String(isJsonObject(one) ? one['value'] : one)))] : []

/** The members of a group that are people of the directory. */
export async function ownMembers(
  { store }: Pick<ProvisioningNeeds, 'store'>,
  directory: Directory,
  { attributes }: Pick<Provisioned, 'attributes'>,
): Promise<readonly string[]> {
  const name = groupOf(directory, attributes['displayName'])
  const group = name === undefined ? undefined : await store.group(name)
  if (!group || group.removedAt !== null) return []
  const own = new Set(await store.provisionedAmong({ directory: directory.name, ids: group.members }))
  return group.members.filter((id) => own.has(id))
}

/** The group as it is to be; null where nothing changes. Refuses: `forbidden`, `invalid_request`. */
export async function nextGroup(
  deps: ProvisioningNeeds,
  directory: Directory,
  { before, attributes }: Change,
): Promise<Result<Group | null>> {
  const { store, now } = deps
  const displayName = (attributes ?? before?.attributes)?.['displayName']
  const name = groupOf(directory, displayName)
  if (name === undefined) return notKept(String(displayName))
  if (before && groupOf(directory, before.attributes['displayName']) !== name) return fixedName()
  const named = idsIn(attributes?.['members'])
  const known = new Set(await store.provisionedAmong({ directory: directory.name, ids: named }))
  const stranger = named.find((id) => !known.has(id))
  if (stranger !== undefined) return nobodyOfTheirs(stranger)
  const present = await store.group(name)
  const isLive = present?.removedAt === null
  const others = isLive ? await foreignMembers(deps, directory, present.members) : []
  const members = [...others, ...named]
  if (members.length > MAX_MEMBERS) return tooManyMembers()
  const isGone = attributes === null && members.length === 0
  if (isLive ? !isGone && isSameSet(present.members, members) : isGone) return ok(null)
  const row = { name, members, version: (present?.version ?? 0) + 1, createdAt: present?.createdAt ?? now() }
  return ok({ ...row, removedAt: isGone ? now() : null })
}

/** The groups that the directory keeps and this person is in, without them. */
export async function groupsWithout({ store }: ProvisioningNeeds, { groups }: Directory, id: string) {
  const present = await Promise.all(groups.map(({ group }) => store.group(group)))
  return present
    .filter((group) => group !== undefined)
    .filter(({ removedAt, members }) => removedAt === null && members.includes(id))
    .map((group) => ({ ...group, version: group.version + 1, members: group.members.filter((one) => one !== id) }))
}

/**
 * The groups that a directory is given, without people who are gone: who was removed here, and users that their directory
 * deleted while the group was not its own. Those in which nobody is gone are left out.
 */
export async function givenGroups(
  { store }: Uses<GroupStore & PeopleStore & ProvisioningStore>,
  kept: readonly KeptGroup[],
): Promise<readonly Group[]> {
  const present = await Promise.all(kept.map(({ group }) => store.group(group)))
  const live = present.filter((group) => group !== undefined).filter(({ removedAt }) => removedAt === null)
  const ids = live.flatMap(({ members }) => members)
  const [named, people] = await Promise.all([store.provisionedAmong({ directory: null, ids }), store.listApprovers()])
  const known = new Set([...named, ...people.filter(({ removedAt }) => removedAt === null).map(({ id }) => id)])
  return live
    .filter(({ members }) => members.some((id) => !known.has(id)))
    .map((group) => ({ ...group, version: group.version + 1, members: group.members.filter((id) => known.has(id)) }))
}

/** The members of `group.synced`, with the seal over them. */
export async function membershipOf(
  { logKey }: Pick<Deps, 'logKey'>,
  directory: string,
  { name, members, version, removedAt }: Group,
): Promise<EntryMembers & JsonObject> {
  const said = {
    directory,
    group: name,
    version,
    members: [...members],
    ...(removedAt === null ? {} : { removed: true }),
  }
  return { ...said, seal: await sealRow(logKey, membershipRow(said)) }
}

async function foreignMembers({ store }: ProvisioningNeeds, { name }: Directory, members: readonly string[]) {
  const own = new Set(await store.provisionedAmong({ directory: name, ids: members }))
  const others = members.filter((id) => !own.has(id))
  const people = others.length === 0 ? [] : await store.listApprovers()
  return others.filter((id) => people.some((person) => person.id === id && person.removedAt === null))
}

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && new Set([...one, ...other]).size === one.length

const notKept = (displayName: string) =>
  refuse(
    'forbidden',
    `Nobody consented that this directory says who is in a group named ${displayName.slice(0, 200)}. Let an admin change the directory.`,
  )

const fixedName = () =>
  refuse(
    'invalid_request',
    'The name of a group is part of what admins consented to. Let an admin change the directory.',
    {
      status: 400,
      scimType: 'mutability',
    },
  )

const nobodyOfTheirs = (id: string) =>
  refuse('invalid_request', `${id} is no person of this directory. Create the user first.`, {
    status: 400,
    scimType: 'invalidValue',
  })

const tooManyMembers = () =>
  refuse('invalid_request', `A group has at most ${MAX_MEMBERS} members.`, { status: 400, scimType: 'invalidValue' })
