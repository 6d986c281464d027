/** Forms about one person, as drafts of changes. */
import { textOf } from './form-text.ts'
import type { Draft } from './pending-change.ts'

export function changedRoles(data: FormData): Draft | string {
  const [roles, replaces] = [data.getAll('roles').map(String), data.getAll('replaces').map(String)]
  if (roles.length === 0) return 'Choose at least one role.'
  if (roles.length === replaces.length && roles.every((role) => replaces.includes(role))) {
    return 'These are the present roles. Choose others.'
  }
  return [`Changing the roles of ${textOf(data, 'name')}`, actionOf(data, 'update', { replaces, roles })]
}

export const restored = (data: FormData): Draft => [
  `Letting ${textOf(data, 'name')} back in`,
  actionOf(data, 'restore', {}),
]

/** Each agent of theirs has radio buttons of its own, the empty value for its revocation. */
export function removed(data: FormData, _: string | undefined, form: HTMLFormElement): Draft | string {
  const agents = [...form.querySelectorAll('fieldset')].length
  const fates = [...data].flatMap(([name, to]) =>
    name.startsWith(AGENT) ? [{ agent: name.slice(AGENT.length), to: String(to) }] : [],
  )
  if (fates.length < agents) return 'Choose what becomes of each agent.'
  const revoke = fates.filter(({ to }) => to === '').map(({ agent }) => agent)
  const handOver = fates.filter(({ to }) => to !== '')
  return [`Removing ${textOf(data, 'name')}`, actionOf(data, 'remove', { revoke, hand_over: handOver })]
}

const AGENT = 'agent:'

function actionOf(data: FormData, verb: string, more: object) {
  const approver = textOf(data, 'approver')
  return {
    name: `countersign.approver.${verb}`,
    resource: `approver:${approver}`,
    arguments: { approver, ...more },
  }
}
