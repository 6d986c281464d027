/** A form as a draft of a change: a title and the action without its salt, or a sentence about what is missing. */
import { addedAgent, editedAgent } from './agent-draft.ts'

import { editedDirectory, newDirectory } from './directory-draft.ts'
import { addedExecutor, editedExecutor } from './executor-draft.ts'
import { textOf } from './form-text.ts'
import { editedGroup, newGroup, removedGroup } from './group-draft.ts'
import type { Draft } from './pending-change.ts'
import { changedRoles, removed, restored } from './person-draft.ts'
import { publishedPolicy } from './policy-draft.ts'

export function draftOf(form: HTMLFormElement): Draft | string {
  const data = new FormData(form)
  return (DRAFTS[form.dataset['change'] ?? ''] ?? addedAgent)(data, form.dataset['killswitch'], form)
}

type MakeDraft = (data: FormData, killswitch: string | undefined, form: HTMLFormElement) => Draft | string

const DRAFTS: Readonly<Record<string, MakeDraft>> = {
  roles: changedRoles,
  restore: restored,
  remove: removed,
  group: newGroup,
  directory: newDirectory,
  'directory-edit': editedDirectory,
  'group-edit': editedGroup,
  'group-remove': removedGroup,
  webhook,
  erase,
  release,
  policy: publishedPolicy,
  'agent-edit': editedAgent,
  executor: addedExecutor,
  'executor-edit': editedExecutor,
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

/** Of one request, or of all that are for one principal. */
function erase(data: FormData): Draft {
  const [rule, subject] = [textOf(data, 'rule'), textOf(data, 'subject')]
  const action = {
    name: 'countersign.payload.erase',
    resource: `payloads:${rule}:${subject}`,
    arguments: { rule, [rule]: subject },
  }
  return [`Erasing the texts of this ${rule}`, action]
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
