/** Groups for which nobody can answer, and the policies in force that ask them: for the operator's report. SPEC 10.3. */

import type { Approver } from '../../domain/identity/parties.ts'
import { splitPolicies } from '../../domain/policy/cedar/split-policies.ts'
import type { Store } from '../../store/contract/store.ts'

export async function examineGroups(store: Store) {
  const subject = 'groups'
  const [groups, people, policy] = await Promise.all([
    store.listGroups(),
    store.listApprovers(),
    store.policyInForce().then((version) => store.policyVersion(version)),
  ])
  const able = new Set(people.filter(mayAnswer).map(({ id }) => id))
  const empty = groups.filter(({ members }) => !members.some((id) => able.has(id))).map(({ name }) => name)
  if (empty.length === 0) return { subject, well: true, words: 'Somebody can answer for each.' }
  const asking = policiesAsking(policy?.text ?? '', empty)
  const asked = asking.length === 0 ? 'No policy asks them.' : `Policies ask them: ${asking.join(', ')}.`
  const words = `Nobody can answer for ${empty.join(', ')}. ${asked} Put people into them (countersign group edit), or remove them.`
  return { subject, well: false, words }
}

const mayAnswer = ({ removedAt, suspendedAt, roles }: Approver): boolean =>
  removedAt === null && suspendedAt === null && roles.some((role) => role !== 'auditor')

/** By their `@id`, else by the line on which they begin. */
function policiesAsking(text: string, groups: readonly string[]): readonly string[] {
  const split = splitPolicies(text)
  if (!split.ok) return []
  return split.policies
    .filter((policy) => groupsIn(policy.text).some((name) => groups.includes(name)))
    .map(
      (policy) => /@id\("([^"]*)"\)/.exec(policy.text)?.[1] ?? `line ${text.slice(0, policy.start).split('\n').length}`,
    )
}

/** The names in `@approvers` and `@order`, with the words that join them. */
const groupsIn = (text: string): readonly string[] =>
  [...text.matchAll(/@(?:approvers|order)\("([^"]*)"\)/g)].flatMap(([, named = '']) => named.split(/[\s,]+/))
