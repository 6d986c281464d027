/** The forms of an agent as drafts of a change. */
import { textOf } from './form-text.ts'
import type { Draft } from './pending-change.ts'

const chosen = (data: FormData, name: string): readonly string[] => data.getAll(name).map(String)
const listed = (data: FormData, name: string): readonly string[] =>
  textOf(data, name)
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)

export function addedAgent(data: FormData): Draft | string {
  const id = textOf(data, 'id')
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id))
    return 'A name has lower-case letters, digits, dots, underscores and hyphens.'
  const { principals, run_by, ...lists } = membersOf(data)
  const members = {
    id,
    ...(principals.length > 0 ? { principals } : {}),
    ...lists,
    ...(run_by === null ? {} : { run_by }),
    expires_in_days: Number(textOf(data, 'days')),
  }
  return [`Adding ${id}`, { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: members }]
}

export function editedAgent(data: FormData): Draft | string {
  const id = textOf(data, 'id')
  const members = membersOf(data)
  if (members.principals.length === 0) return 'Choose at least one person or service that it may act for.'
  const args = { id, version: Number(textOf(data, 'version')), ...members }
  return [`Changing ${id}`, { name: 'countersign.agent.update', resource: `agent:${id}`, arguments: args }]
}

const membersOf = (data: FormData) => ({
  principals: [...chosen(data, 'people'), ...listed(data, 'principals')],
  executors: [...chosen(data, 'executors'), ...listed(data, 'audiences')],
  groups: listed(data, 'groups'),
  run_by: textOf(data, 'run_by') || null,
})
