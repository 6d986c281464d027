/** A form as a draft of a change: a title and the action without its salt, or a sentence about what is missing. */
import { addedExecutor, editedExecutor } from './executor-draft.ts'
import type { Draft } from './pending-change.ts'

export function draftOf(form: HTMLFormElement): Draft | string {
  const data = new FormData(form)
  return (DRAFTS[form.dataset['change'] ?? ''] ?? agent)(data, form.dataset['killswitch'])
}

const DRAFTS: Readonly<Record<string, typeof release>> = {
  invite: invitation,
  webhook,
  release,
  executor: addedExecutor,
  'executor-edit': editedExecutor,
}

const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '').trim()

function invitation(data: FormData): Draft | string {
  const name = textOf(data, 'name')
  const roles = data.getAll('roles').map(String)
  if (!name) return 'Enter a name.'
  if (roles.length === 0) return 'Choose at least one role.'
  const action = { name: 'countersign.approver.invite', resource: 'approvers', arguments: { name, roles } }
  return [`Inviting ${name}`, action]
}

function webhook(data: FormData): Draft | string {
  const [url, events] = [textOf(data, 'url'), data.getAll('events').map(String)]
  if (!URL.canParse(url)) return 'Enter the complete URL, starting with https://'
  if (events.length === 0) return 'Choose at least one event.'
  const action = {
    name: 'countersign.webhook.add',
    resource: 'webhooks',
    arguments: { url, kind: textOf(data, 'kind'), events },
  }
  return [`Adding ${new URL(url).origin}`, action]
}

/** `id`: the one of the page; without it those that the form chooses. */
function release(data: FormData, id: string | undefined): Draft | string {
  const name = 'countersign.killswitch.release'
  const reason = textOf(data, 'reason')
  const ids = data.getAll('ids').map(String)
  if (id === undefined && ids.length === 0) return 'Choose at least one kill switch.'
  if (!reason) return 'Enter why it is safe again.'
  if (id !== undefined)
    return ['Releasing a kill switch', { name, resource: `killswitch:${id}`, arguments: { id, reason } }]
  return [`Releasing ${ids.length} kill switches`, { name, resource: 'killswitches', arguments: { ids, reason } }]
}

function agent(data: FormData): Draft | string {
  const id = textOf(data, 'id')
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(id))
    return 'A name has lower-case letters, digits, dots, underscores and hyphens.'
  const services = textOf(data, 'principals')
    .split(',')
    .map((principal) => principal.trim())
  const principals = [...data.getAll('people').map(String), ...services].filter(Boolean)
  const [days, runBy] = [Number(textOf(data, 'days')), textOf(data, 'run_by')]
  const executors = data.getAll('executors').map(String)
  const members = {
    id,
    ...(principals.length > 0 ? { principals } : {}),
    ...(executors.length > 0 ? { executors } : {}),
    ...(runBy ? { run_by: runBy } : {}),
    expires_in_days: days,
  }
  return [`Adding ${id}`, { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: members }]
}
