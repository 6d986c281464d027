/** The series of calls that a grant allows: its bounds, and its budget as it is spent. SPEC 4.6. */
import { type ActionSpec, actionDigest, type GrantBounds } from '@countersign/verifier'
import { type Bounds, millionths, parseBounds, seriesDigest } from '@countersign/verifier/authority'

/** The digest that people sign: of the call, or of the series that its bounds make it. */
export const digestFor = (action: ActionSpec, audience: string, bounds: Bounds | null, jkt: string | null) =>
  bounds && jkt !== null ? seriesDigest(action, bounds.arguments, { audience, jkt }) : actionDigest(action, audience)

/** What all calls of a grant may spend together. */
export interface Budget {
  readonly uses: number
  readonly sumLimit: number | null
}

/** The bounds of a grant, and how much of them was used. Sums are in millionths. */
export interface Series extends Budget {
  /** Null once erased. */
  readonly bounds: Bounds | null
  readonly used: number
  readonly summed: number
  /** When a person, a revocation or a kill switch ended it. */
  readonly endedAt: number | null
}

export const newSeries = (bounds: Bounds): Series => ({
  ...budgetOf(bounds),
  bounds,
  used: 0,
  summed: 0,
  endedAt: null,
})

function budgetOf({ uses, arguments: constraints }: Bounds): Budget {
  const limits = Object.values(constraints).flatMap(({ sum }) => (sum === undefined ? [] : [millionths(sum)]))
  return { uses, sumLimit: limits[0] ?? null }
}

/** The budget of the grant that a token names, as people signed it. */
export const grantBudget = ({
  grant,
  uses,
  arguments: constraints,
}: GrantBounds): Budget & { readonly id: string } => ({
  id: grant,
  ...budgetOf(parseBounds({ uses, arguments: constraints })),
})
