/** The series of calls that a grant allows: its bounds, and its budget as it is spent. SPEC 4.6. */
import { type Bounds, millionths } from '@countersign/verifier/authority'

/** The bounds of a grant, and how much of them was used. Sums are in millionths. */
export interface Series {
  /** Null once erased. */
  readonly bounds: Bounds | null
  readonly uses: number
  readonly used: number
  readonly sumLimit: number | null
  readonly summed: number
  /** When a person, a revocation or a kill switch ended it. */
  readonly endedAt: number | null
}

export function newSeries(bounds: Bounds): Series {
  const limits = Object.values(bounds.arguments).flatMap(({ sum }) => (sum === undefined ? [] : [millionths(sum)]))
  return { bounds, uses: bounds.uses, used: 0, sumLimit: limits[0] ?? null, summed: 0, endedAt: null }
}
