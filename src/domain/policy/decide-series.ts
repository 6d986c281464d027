/**
 * Decides on a series of calls: the policy is asked about calls at the ends of its bounds, and has to agree to all of them
 * on the same terms. It is asked again about each call. SPEC 11.
 */
import { canonicalize, type JsonObject, type JsonValue } from '@countersign/verifier'
import type { Bounds, Constraint } from '@countersign/verifier/authority'
import { decide } from './decide.ts'
import type { Policy, PolicyDecision, PolicyQuery, Terms } from './policy.ts'

/** More calls than this are not tried: then each argument is tried by itself. */
const MAX_SAMPLES = 64

export interface SeriesQuery extends PolicyQuery {
  readonly arguments: JsonObject
}

/** `query` has the arguments that all calls share. Never throws. */
export async function decideSeries(policy: Policy, query: SeriesQuery, bounds: Bounds): Promise<PolicyDecision> {
  const deny = (reason: string): PolicyDecision => ({ effect: 'deny', policy: policy.digest, policies: [], reason })
  let first: Extract<PolicyDecision, { readonly effect: 'approval' }> | undefined
  for (const args of samplesOf(query.arguments, bounds)) {
    const decision = await decide(policy, { ...query, arguments: args })
    if (decision.effect === 'deny') return { ...decision, reason: `These bounds are too wide: ${decision.reason}` }
    if (decision.effect === 'allow') continue
    first ??= decision
    if (canonicalize(termsOf(decision.terms)) !== canonicalize(termsOf(first.terms))) return deny(DIFFERENT)
  }
  if (!first) return deny('The policy allows these calls without a person. Ask for each.')
  const { grantUses = 0 } = first.terms
  if (grantUses === 0) return deny('The policy allows no grant for this action.')
  if (bounds.uses > grantUses) return deny(`The policy allows a grant of at most ${grantUses} calls of this action.`)
  return { ...first, terms: { ...first.terms, uses: bounds.uses } }
}

const DIFFERENT = 'Within these bounds the policy asks different people or sets different terms. Narrow them.'

const termsOf = ({ approvers, ...terms }: Terms) => ({
  ...terms,
  approvers: approvers.map(({ groups, count }) => ({ groups: [...groups], count })),
})

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
