/**
 * Entries that take rights away, by type: they need no consent, and what they end stays ended until a new approved change
 * puts it in force again. One line a type. SPEC 9, 10.4.
 */

import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import {
  type ConfigurationRow,
  changedRow,
  endedRow,
  killSwitchRow,
  type Present,
} from '../../domain/identity/configuration-rows.ts'

type Ending = (members: JsonObject, present: Present) => readonly ConfigurationRow[]

export const textOf = (members: JsonObject, name: string): string => String(members[name] ?? '')

export const objectOf = (value: JsonObject[string] | undefined): JsonObject => (isJsonObject(value) ? value : {})

const SAFER: Readonly<Record<string, Ending>> = {
  'agent.removed': (members) => [endedRow('agent', textOf(members, 'agent'))],
  'executor.removed': narrowedOrRemoved,
  'directory.removed': (members) => [endedRow('directory', textOf(members, 'directory'))],
  'approver.suspended': (members, present) => [
    changedRow(present, 'person', textOf(members, 'approver'), { suspended: true }),
  ],
  'approver.removed': (members) => [endedRow('person', textOf(members, 'approver'))],
  'credential.revoked': (members) => [
    'key' in members ? endedRow('passkey', textOf(members, 'key')) : endedRow('webhook', textOf(members, 'credential')),
  ],
  'killswitch.engaged': (members) => [
    killSwitchRow({ id: textOf(members, 'killswitch'), selector: objectOf(members['selector']) }),
  ],
}

export const endedBy = (type: string, members: JsonObject, present: Present): readonly ConfigurationRow[] =>
  SAFER[type]?.(members, present) ?? []

/** With a name, one action left the catalogue: it is taken out of what was in force, whatever the entry says is left. */
function narrowedOrRemoved(members: JsonObject, present: Present): readonly ConfigurationRow[] {
  const audience = textOf(members, 'executor')
  if (!('name' in members)) return [endedRow('executor', audience)]
  const catalogue = present('executor', audience)?.['catalogue']
  if (!Array.isArray(catalogue)) return []
  const left = catalogue.filter((offered) => objectOf(offered)['name'] !== members['name'])
  return [changedRow(present, 'executor', audience, { catalogue: left })]
}
