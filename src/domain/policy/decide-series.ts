/**
 * Decides on a series of calls: the policy is asked about calls at the ends of its bounds, and has to agree to all of them
 * on the same terms. It is asked again about each call. SPEC 11.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import type { Bounds, Constraint } from '@countersign/verifier/authority'
import type { PolicyDecision, Terms } from './policy.ts'

/** More calls than this are not tried: then each argument is tried by itself. */
const MAX_SAMPLES = 64

/** `ask`: the policy, about a call with these arguments. `fixed`: the arguments that all calls share. */
export async function decideSeries(
  ask: (args: JsonObject) => Promise<PolicyDecision>,
  fixed: JsonObject,
  bounds: Bounds,
): Promise<PolicyDecision> {
  const decisions: PolicyDecision[] = []
  for (const args of samplesOf(fixed, bounds)) {
    const decision = await ask(args)
    if (decision.effect === 'deny') return { ...decision, reason: `These bounds are too wide: ${decision.reason}` }
    decisions.push(decision)
  }
  const asked = decisions.flatMap((decision) => (decision.effect === 'approval' ? [decision] : []))
  const [first, ...others] = asked
  if (!first) return denial(decisions, 'The policy allows these calls without a person. Ask for each.')
  if (others.some(({ terms }) => keyOf(terms) !== keyOf(first.terms))) return denial(decisions, DIFFERENT)
  const { grantUses = 0 } = first.terms
  if (grantUses === 0) return denial(decisions, 'The policy allows no grant for this action.')
  if (bounds.uses > grantUses)
    return denial(decisions, `The policy allows a grant of at most ${grantUses} calls of this action.`)
  return { ...first, terms: { ...first.terms, uses: bounds.uses } }
}

const DIFFERENT = 'Within these bounds the policy asks different people or sets different terms. Narrow them.'

function denial([first]: readonly PolicyDecision[], reason: string): PolicyDecision {
  if (!first) throw new TypeError('The policy was asked about no call')
  const { policy, policies } = first
  return { effect: 'deny', policy, policies, reason }
}

/** Terms of one key are the same, whatever the order of their members. */
const keyOf = ({ approvers, ...terms }: Terms): string =>
  JSON.stringify([approvers.map(({ groups, count }) => [groups, count]), Object.entries(terms).sort()])

function samplesOf(fixed: JsonObject, { arguments: constraints }: Bounds): readonly JsonObject[] {
  const ends = Object.entries(constraints).map(([name, constraint]) => [name, endsOf(constraint)] as const)
  const product = ends.reduce((count, [, values]) => count * values.length, 1)
  const usual = Object.fromEntries([...Object.entries(fixed), ...ends.map(([name, [value = null]]) => [name, value])])
  if (product > MAX_SAMPLES)
    return ends.flatMap(([name, values]) => values.map((value) => withMember(usual, name, value)))
  return ends.reduce<readonly JsonObject[]>(
    (all, [name, values]) => all.flatMap((args) => values.map((value) => withMember(args, name, value))),
    [usual],
  )
}

/** `__proto__` is a name like another. */
const withMember = (args: JsonObject, name: string, value: JsonValue): JsonObject =>
  Object.fromEntries([...Object.entries(args), [name, value]])

/** The values of an argument that a policy is most likely to tell apart. */
function endsOf({ equals, oneOf, prefix, max, sum }: Constraint): readonly JsonValue[] {
  if (prefix !== undefined) return [`${prefix}x`]
  const most = max ?? sum
  return most === undefined ? (oneOf ?? [equals ?? null]) : [most, 0]
}
