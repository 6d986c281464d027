/** Forms about directories, as drafts of changes. SPEC 10.10. */
import { textOf } from './form-text.ts'
import type { Draft } from './pending-change.ts'

const LINE = /^([a-z][a-z0-9-]{0,31})\s*=\s*(\S.*)$/

interface Kept {
  readonly group: string
  readonly display_name: string
}

/** One group a line: `finance = Finance Approvers`. Undefined where a line is none. */
function groupsOf(data: FormData): readonly Kept[] | undefined {
  const lines = textOf(data, 'groups')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const kept = lines.flatMap((line) => {
    const [, group, name] = LINE.exec(line) ?? []
    return group && name ? [{ group, display_name: name }] : []
  })
  return kept.length === lines.length ? kept : undefined
}

const DAY_SECONDS = 86_400
const GROUPS_WRONG = 'Write one group a line: its name here, =, and its name in the directory.'

export function newDirectory(data: FormData): Draft | string {
  const [name, groups, days] = [textOf(data, 'directory'), groupsOf(data), Number(textOf(data, 'days'))]
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) return 'A name has lower-case letters, digits and hyphens, a letter first.'
  if (groups === undefined) return GROUPS_WRONG
  if (!(days >= 1 && days <= 730)) return 'A credential lasts 1 to 730 days.'
  const expires = Math.floor(Date.now() / 1000) + days * DAY_SECONDS
  return [
    `Registering the directory ${name}`,
    actionOf('add', name, { groups, secret: textOf(data, 'secret'), expires }),
  ]
}

export function editedDirectory(data: FormData): Draft | string {
  const [name, groups] = [textOf(data, 'directory'), groupsOf(data)]
  if (groups === undefined) return GROUPS_WRONG
  const version = Number(textOf(data, 'version'))
  return [`Changing the directory ${name}`, actionOf('update', name, { version, groups })]
}

const actionOf = (verb: string, name: string, more: object) => ({
  name: `countersign.directory.${verb}`,
  resource: `directory:${name}`,
  arguments: { name, ...more },
})
