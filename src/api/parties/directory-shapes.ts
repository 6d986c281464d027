/** Directories on the wire. SPEC 10.10. */
import * as z from 'zod'
import type { DirectoryOverview } from '../../authority/provisioning/manage-directories.ts'
import { directoryName, displayNameOf, keptGroups } from '../../domain/identity/directories.ts'
import { instant } from '../wire-fields.ts'

const DirectoryView = z
  .strictObject({
    name: directoryName,
    groups: keptGroups,
    version: z.int().meta({ description: 'Grows with every change; an edit names the one it was made from' }),
    created_at: instant,
    expires_at: instant,
    last_used_at: instant.nullable(),
  })
  .meta({ id: 'Directory' })

const AwaitedPerson = z
  .strictObject({
    id: z.string().meta({ description: 'The id that the person will have' }),
    name: z.string(),
    user_name: z.string(),
    directory: z.string(),
  })
  .meta({ id: 'AwaitedPerson', description: 'A person whom a directory named, and who is not enrolled' })

export const Directories = z.strictObject({
  directories: z.array(DirectoryView),
  awaited: z.array(AwaitedPerson),
})

export const directoriesView = ({ directories, awaited }: DirectoryOverview): z.input<typeof Directories> => ({
  directories: directories.map(({ name, groups, version, createdAt, expiresAt, lastUsedAt }) => ({
    name,
    groups: groups.map(({ group, displayName }) => ({ group, display_name: displayName })),
    version,
    created_at: createdAt,
    expires_at: expiresAt,
    last_used_at: lastUsedAt,
  })),
  awaited: awaited.map((person) => ({
    id: person.id,
    name: displayNameOf(person),
    user_name: String(person.attributes['userName'] ?? ''),
    directory: person.directory,
  })),
})
