/**
 * Entries that take rights away, by type: they need no consent, and what they end stays ended until a new approved change
 * puts it in force again. One line a type. SPEC 9, 10.4.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type ConfigurationRow, changedRow, endedRow, killSwitchRow } from '../../domain/identity/configuration-rows.ts'
import type { InForce } from './proven-rows.ts'

type Known = Pick<InForce, 'present' | 'idsOf'>
type Ending = (members: JsonObject, known: Known) => readonly ConfigurationRow[]

export const textOf = (members: JsonObject, name: string): string => String(members[name] ?? '')

export const objectOf = (value: JsonObject[string] | undefined): JsonObject => (isJsonObject(value) ? value : {})

const SAFER: Readonly<Record<string, Ending>> = {
  'agent.removed': (members, known) => [
    endedRow('agent', textOf(members, 'agent')),
    ...endedCredentials(known, 'agent', textOf(members, 'agent')),
  ],
  // The person who ran the agent knew its credential.
  'agent.changed': (members, known) =>
    members['cause'] === 'approver.removed' ? endedCredentials(known, 'agent', textOf(members, 'agent')) : [],
  'executor.removed': narrowedOrRemoved,
  'directory.removed': (members) => [endedRow('directory', textOf(members, 'directory'))],
  'approver.suspended': (members, { present }) => [
    changedRow(present, 'person', textOf(members, 'approver'), { suspended: true }),
  ],
  'approver.removed': (members) => [endedRow('person', textOf(members, 'approver'))],
  'absence.ended': (members, { present }) => [
    changedRow(present, 'absence', textOf(members, 'absence'), { ended: members['at'] }),
  ],
  'session.ended': (members, { present }) => [
    changedRow(present, 'agentsession', textOf(members, 'session'), { ended: members['at'] }),
  ],
  'credential.revoked': (members) =>
    'key' in members
      ? [endedRow('passkey', textOf(members, 'key'))]
      : [endedRow('webhook', textOf(members, 'credential')), endedRow('credential', textOf(members, 'credential'))],
  'killswitch.engaged': (members) => [
    killSwitchRow({ id: textOf(members, 'killswitch'), selector: objectOf(members['selector']) }),
  ],
}

export const endedBy = (type: string, members: JsonObject, known: Known): readonly ConfigurationRow[] =>
  Object.hasOwn(SAFER, type) ? (SAFER[type]?.(members, known) ?? []) : []

function endedCredentials({ present, idsOf }: Known, kind: string, subject: string): readonly ConfigurationRow[] {
  const own = idsOf('credential').filter((id) => {
    const content = present('credential', id)
    return content?.['kind'] === kind && content['subject'] === subject
  })
  return own.map((id) => endedRow('credential', id))
}

/** With a name, one action left the catalogue: it is taken out of what was in force, whatever the entry says is left. */
function narrowedOrRemoved(members: JsonObject, known: Known): readonly ConfigurationRow[] {
  const { present } = known
  const audience = textOf(members, 'executor')
  if (!('name' in members)) {
    return [endedRow('executor', audience), ...endedCredentials(known, 'executor', audience)]
  }
  const catalogue = present('executor', audience)?.['catalogue']
  if (!Array.isArray(catalogue)) return []
  const left = catalogue.filter((offered) => objectOf(offered)['name'] !== members['name'])
  return [changedRow(present, 'executor', audience, { catalogue: left })]
}
