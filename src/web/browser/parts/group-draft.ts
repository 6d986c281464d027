/** Forms about groups of people, as drafts of changes. */
import { textOf } from './form-text.ts'
import type { Draft } from './pending-change.ts'

export function newGroup(data: FormData): Draft | string {
  const [name, members] = [textOf(data, 'group'), data.getAll('members').map(String)]
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) return 'A name has lower-case letters, digits and hyphens, a letter first.'
  if (members.length === 0) return 'Choose at least one member.'
  return [`Making the group ${name}`, actionOf('add', name, { members })]
}

export function editedGroup(data: FormData): Draft | string {
  const [name, members] = [textOf(data, 'group'), data.getAll('members').map(String)]
  if (members.length === 0) return 'A group has at least one member. Remove the group instead.'
  return [`Changing the group ${name}`, actionOf('update', name, { version: Number(textOf(data, 'version')), members })]
}

export function removedGroup(data: FormData): Draft {
  const name = textOf(data, 'group')
  return [`Removing the group ${name}`, actionOf('remove', name, {})]
}

const actionOf = (verb: string, name: string, more: object) => ({
  name: `countersign.group.${verb}`,
  resource: `group:${name}`,
  arguments: { name, ...more },
})
