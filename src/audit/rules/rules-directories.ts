/**
 * Rules about directories: each was approved, and sets the members of its own groups only. `check-memberships` checks
 * the seals. SPEC 10.10.
 */
import type { JsonObject } from '@countersign/verifier'
import { numberOf, textOf } from '../log/read-entry.ts'
import type { Case, Rule } from './rule.ts'
import { checkApproved } from './rules-authority.ts'

const listOf = (value: JsonObject[string] | undefined): readonly string[] =>
  Array.isArray(value) ? value.map(String) : []

const nameIn = ({ members }: Case): string => textOf(members, 'directory') ?? ''

const registered: Rule = (one) => {
  if (checkApproved(one, nameIn(one))) one.facts.directories.set(nameIn(one), new Set(listOf(one.members['groups'])))
}

/** A membership that nobody consented to changes nothing here. */
const synced: Rule = (one) => {
  const { members, facts, report, index } = one
  const group = textOf(members, 'group') ?? ''
  const kept = facts.directories.get(nameIn(one))
  if (kept?.has(group) !== true) {
    return report('change_without_approval', group, `${nameIn(one)} was not given this group`)
  }
  const version = numberOf(members, 'version') ?? 0
  const now = listOf(members['members'])
  const known = facts.groups.get(group)?.members
  // One that is sealed anew says what is in force already.
  const isSame = known?.size === now.length && now.every((id) => known.has(id))
  if (version <= (facts.memberships.get(group) ?? 0) && !isSame) {
    return report('change_without_approval', group, 'it is older than another one of this group')
  }
  const { v: _v, type: _type, at: _at, trace: _trace, seal = '', ...content } = members
  facts.memberships.set(group, version)
  facts.sealedMemberships.push({ index, content, seal: String(seal) })
  const before = facts.groups.get(group)?.members ?? new Set()
  facts.groups.set(group, { members: new Set(listOf(members['members'])), before, changedAt: one.entry.at })
}

/** The entries of a directory about people give no right, and those that take one away need no cause. */
const noted: Rule = () => {}

/** Whether a directory that is registered took a person's rights away. */
export const isByDirectory = ({ members, facts }: Case): boolean =>
  facts.directories.has(textOf(members, 'directory') ?? '')

export const directoryRules: Readonly<Record<string, Rule>> = {
  'directory.added': registered,
  'directory.changed': registered,
  'directory.removed': (one) => void one.facts.directories.delete(nameIn(one)),
  'group.synced': synced,
  'scim.created': noted,
  'scim.changed': noted,
  'scim.deleted': noted,
  'scim.refused': noted,
}
