/**
 * Directories: registered and changed by an approved action, which lists the groups whose members they may set. The
 * digest of the credential is an argument: the proposer makes the secret, and nobody can replace it. SPEC 10.10.
 */
import * as z from 'zod'
import { previewOfMembers } from '../../domain/action/describe.ts'
import { changedRow, directoryRow } from '../../domain/identity/configuration-rows.ts'
import {
  type Directory,
  directoryName,
  type KeptGroup,
  keptGroups,
  MAX_DIRECTORIES,
  secretDigest,
} from '../../domain/identity/directories.ts'
import type { Group } from '../../domain/identity/groups.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { givenGroups, membershipOf } from '../provisioning/memberships.ts'
import { type ChangeNeeds, DAY_SECONDS, ownChange, taken } from './own-change.ts'

const MAX_LIFE_DAYS = 730

const expires = z.int().min(1).meta({ description: 'End of the credential, epoch seconds; within two years' })

const changedMeanwhile = () =>
  refuse('invalid_request', 'This directory was changed meanwhile. Read it again.', { status: 409 })

const keptOf = (given: z.output<typeof keptGroups>): readonly KeptGroup[] =>
  given.map(({ group, display_name: displayName }) => ({ group, displayName }))

function checkExpiry({ now }: ChangeNeeds, at: number): Result<true> {
  if (at > now() && at <= now() + MAX_LIFE_DAYS * DAY_SECONDS) return ok(true)
  return refuse('invalid_request', 'arguments: expires: in the future, and within two years.')
}

/** As people read them: the credential by its digest, its end as an instant. */
const readMembers = ({ secret, expires: at, ...members }: DirectoryMembers) => ({
  ...members,
  ...(secret === undefined ? {} : { 'digest of the credential': secret }),
  ...(at === undefined ? {} : { 'end of the credential': new Date(at * 1000).toISOString() }),
})

interface DirectoryMembers {
  readonly name: string
  readonly groups?: z.output<typeof keptGroups> | undefined
  readonly secret?: string | undefined
  readonly expires?: number | undefined
}

const membersOf = ({ name, version, groups, expiresAt }: Directory) => ({
  directory: name,
  version,
  groups: groups.map(({ group }) => group),
  expires: expiresAt,
})

const syncedBy = (deps: ChangeNeeds, directory: string, groups: readonly Group[]) =>
  Promise.all(
    groups.map(async (group) => ({
      type: 'group.synced' as const,
      members: await membershipOf(deps, directory, group),
    })),
  )

async function checkSecret({ store }: ChangeNeeds, name: string, secret: string): Promise<Result<true>> {
  const others = (await store.listDirectories()).filter((one) => one.name !== name)
  if (!others.some((one) => one.secret === secret)) return ok(true)
  return refuse('invalid_request', 'Another directory has this credential. Make a new one.', { status: 409 })
}

export const AddDirectoryArguments = z.strictObject({
  name: directoryName,
  groups: keptGroups,
  secret: secretDigest,
  expires,
})

export const addDirectory = ownChange({
  name: 'countersign.directory.add',
  title: 'Let the directory {name} name people by SCIM, and say who is in its groups',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  arguments: AddDirectoryArguments,
  resource: ({ name }) => `directory:${name}`,
  rows: ({ name, groups, secret, expires: expiresAt }) => [
    directoryRow({ name, groups: keptOf(groups), secret, expiresAt }),
  ],
  preview: async (_, args) => previewOfMembers(`directory:${args.name}`, readMembers(args), null),
  async check(deps, { name, secret, expires: at }) {
    if ((await deps.store.directory(name))?.revokedAt === null) return taken(name)
    if ((await deps.store.listDirectories()).length >= MAX_DIRECTORIES) {
      return refuse('invalid_request', `There are ${MAX_DIRECTORIES} directories already. Revoke one first.`, {
        status: 409,
      })
    }
    const valid = checkExpiry(deps, at)
    return valid.ok ? checkSecret(deps, name, secret) : valid
  },
  async prepare(deps, { name, groups, secret, expires: expiresAt }) {
    const { store, now } = deps
    // Versions go on counting where a directory is registered anew, so that none comes twice.
    const version = ((await store.directory(name))?.version ?? 0) + 1
    const added = { name, groups: keptOf(groups), secret, expiresAt, version }
    const directory: Directory = { ...added, createdAt: now(), revokedAt: null, lastUsedAt: null }
    const cleaned = await givenGroups(deps, directory.groups)
    return ok({
      change: { kind: 'directory.add', directory, most: MAX_DIRECTORIES, groups: cleaned },
      sealed: await syncedBy(deps, name, cleaned),
      type: 'directory.added',
      members: membersOf(directory),
      answer: { subject: name, expiresAt },
    })
  },
})

/** `version`: of the directory that was edited. What is not given stays as it is. */
export const UpdateDirectoryArguments = z
  .strictObject({
    name: directoryName,
    version: z.int().min(1).max(2_147_483_646),
    groups: keptGroups.optional(),
    secret: secretDigest.optional(),
    expires: expires.optional(),
  })
  .refine(({ groups, secret }) => (groups ?? secret) !== undefined, 'give groups, or a secret')
  .refine(({ secret, expires: at }) => (secret === undefined) === (at === undefined), 'a secret has its own expires')

export const updateDirectory = ownChange({
  name: 'countersign.directory.update',
  title: 'Change the directory {name}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: changedMeanwhile,
  arguments: UpdateDirectoryArguments,
  resource: ({ name }) => `directory:${name}`,
  rows: ({ name, groups, secret, expires: at }, present) => [
    changedRow(present, 'directory', name, { groups, secret, expires: at }),
  ],
  async preview({ store }, args) {
    const { name, groups, secret } = args
    const now = await store.directory(name)
    const before = now && {
      name,
      version: now.version,
      ...(groups ? { groups: now.groups.map(({ group, displayName }) => ({ group, display_name: displayName })) } : {}),
      ...(secret ? { secret: now.secret, expires: now.expiresAt } : {}),
    }
    return previewOfMembers(`directory:${name}`, readMembers(args), before ? readMembers(before) : null)
  },
  async check(deps, { name, version, secret, expires: at }) {
    const now = await deps.store.directory(name)
    if (now?.revokedAt !== null) return refuse('not_found', `There is no directory ${name}. Add it first.`)
    if (now.version !== version) return changedMeanwhile()
    const valid = at === undefined ? ok(true) : checkExpiry(deps, at)
    return valid.ok && secret !== undefined ? checkSecret(deps, name, secret) : valid
  },
  // The statement that makes the change compares the version.
  async prepare(deps, { name, version, groups, secret, expires: at }) {
    const now = await deps.store.directory(name)
    if (now?.revokedAt !== null || now.version < version) return changedMeanwhile()
    const directory: Directory = {
      ...now,
      groups: groups ? keptOf(groups) : now.groups,
      secret: secret ?? now.secret,
      expiresAt: at ?? now.expiresAt,
      version: version + 1,
    }
    const cleaned = await givenGroups(deps, directory.groups)
    return ok({
      change: { kind: 'directory.update', directory, groups: cleaned },
      sealed: await syncedBy(deps, name, cleaned),
      type: 'directory.changed',
      members: membersOf(directory),
      answer: { subject: name, expiresAt: directory.expiresAt },
    })
  },
})
