/**
 * Groups of people: added, changed as a whole, removed. A group keeps its name, since policies refer to it by name. A
 * person who leaves a group no longer counts for it, and neither do their pending consents. SPEC 10, 11.
 */

import type { Preview } from '@countersign/verifier'
import * as z from 'zod'
import { endedRow, groupRow } from '../../domain/identity/configuration-rows.ts'
import { namesAmong } from '../../domain/identity/display-names.ts'
import { type Group, groupMembers, groupName, MAX_GROUPS } from '../../domain/identity/groups.ts'
import type { Approver } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { type ChangeNeeds, ownChange, taken } from './own-change.ts'

const changedMeanwhile = () =>
  refuse('invalid_request', 'This group was changed meanwhile, or one of its people was. Read it again.', {
    status: 409,
  })

const tooManyGroups = () =>
  refuse('invalid_request', `There are ${MAX_GROUPS} groups already. Remove one first.`, { status: 409 })

export const AddGroupArguments = z.strictObject({ name: groupName, members: groupMembers })

export const addGroup = ownChange({
  name: 'countersign.group.add',
  title: 'Make the group {name}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: AddGroupArguments,
  resource: ({ name }) => `group:${name}`,
  rows: ({ name, members }) => [groupRow({ name, members })],
  preview: (deps, { name, members }) => previewOf(deps, name, [], members),
  async check(deps, { name, members }) {
    if ((await deps.store.group(name))?.removedAt === null) return taken(name)
    if ((await deps.store.listGroups()).length >= MAX_GROUPS) return tooManyGroups()
    return allMayAnswer(deps, members)
  },
  async prepare({ store, now }, { name, members }) {
    // Versions go on counting where a group is made anew, so that none comes twice.
    const version = ((await store.group(name))?.version ?? 0) + 1
    const group: Group = { name, members, version, createdAt: now(), removedAt: null }
    return ok({
      change: { kind: 'group.add', group, most: MAX_GROUPS },
      type: 'group.added',
      members: membersOf(group),
      answer: { subject: name },
    })
  },
})

/** `version`: of the group that was edited. `members`: all that it is to have. */
export const UpdateGroupArguments = z.strictObject({
  name: groupName,
  version: z.int().min(1).max(2_147_483_646),
  members: groupMembers,
})

export const updateGroup = ownChange({
  name: 'countersign.group.update',
  title: 'Change who is in the group {name}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: UpdateGroupArguments,
  resource: ({ name }) => `group:${name}`,
  rows: ({ name, members }) => [groupRow({ name, members })],
  preview: async (deps, { name, members }) =>
    previewOf(deps, name, (await liveGroup(deps, name))?.members ?? [], members),
  async check(deps, { name, version, members }) {
    const now = await liveGroup(deps, name)
    if (!now) return unknownGroup(name)
    return now.version === version ? allMayAnswer(deps, members) : changedMeanwhile()
  },
  // The statement that makes the change compares the version.
  async prepare(deps, { name, version, members }) {
    const now = await liveGroup(deps, name)
    if (!now) return unknownGroup(name)
    const group = { ...now, members, version: version + 1 }
    return ok({
      change: { kind: 'group.update', group },
      type: 'group.changed',
      members: membersOf(group),
      answer: { subject: name },
    })
  },
})

export const removeGroup = ownChange({
  name: 'countersign.group.remove',
  title: 'Remove the group {name}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: z.strictObject({ name: groupName }),
  resource: ({ name }) => `group:${name}`,
  rows: ({ name }) => [endedRow('group', name)],
  preview: async (deps, { name }) => previewOf(deps, name, (await liveGroup(deps, name))?.members ?? [], []),
  async prepare(deps, { name }) {
    if (!(await liveGroup(deps, name))) return unknownGroup(name)
    return ok({
      change: { kind: 'group.remove', name, at: deps.now() },
      type: 'group.removed',
      members: { group: name },
      answer: { subject: name },
    })
  },
})

const unknownGroup = (name: string) => refuse('not_found', `There is no group ${name}. Add it first.`)

async function liveGroup({ store }: ChangeNeeds, name: string): Promise<Group | undefined> {
  const group = await store.group(name)
  return group?.removedAt === null ? group : undefined
}

const membersOf = ({ name, version, members }: Group) => ({ group: name, version, members: [...members] })

/** Members are people who are present and may answer: auditors alone are refused. */
async function allMayAnswer({ store }: ChangeNeeds, members: readonly string[]): Promise<Result<true>> {
  const people = new Map((await store.listApprovers()).map((person) => [person.id, person]))
  const wrong = members.find((id) => !mayAnswer(people.get(id)))
  return wrong === undefined
    ? ok(true)
    : refuse('not_found', `${wrong} is nobody who approves here. A member has the role approver or admin.`)
}

const mayAnswer = (person: Approver | undefined): boolean =>
  person?.removedAt === null && person.roles.some((role) => role !== 'auditor')

/** The members by name, one a line: what changes is a diff that people can read. */
async function previewOf(
  { store }: ChangeNeeds,
  name: string,
  before: readonly string[],
  after: readonly string[],
): Promise<Preview> {
  const nameOf = namesAmong(await store.listApprovers())
  const list = (members: readonly string[]) =>
    members.length === 0
      ? null
      : members
          .map((id) => `${nameOf(id)} ${id}`)
          .toSorted()
          .join('\n')
  return { changes: [{ label: `Members of ${name}`, before: list(before), after: list(after) }] }
}
