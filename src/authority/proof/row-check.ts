/** Whether a row of configuration, as the database has it, is one that was proven. SPEC 10.4. */
import type { ProofParts } from './proof-parts.ts'
import type { Kind } from './row-kinds.ts'

/** The row where it is in force as it stands; else undefined, and its finding is shouted. */
export type Check = <T, Row extends T>(kind: Kind<T>, row: Row | undefined) => Promise<Row | undefined>

export function createCheck({ follower, findings }: ProofParts): Check {
  return async (kind, row) => {
    if (row === undefined || !kind.isLive(row)) return row
    const claimed = kind.rowOf(row)
    const holds = () => follower.inForce.holds(claimed)
    if (holds() || (await follower.catchUp().then(holds))) {
      findings.settle(claimed)
      return row
    }
    // Nothing can be proven before there is a first admin, and nobody has consented to anything.
    if (!follower.hasRoot()) return row
    await findings.report(claimed)
    return undefined
  }
}

export async function only<T, Row extends T>(check: Check, kind: Kind<T>, rows: readonly Row[]): Promise<Row[]> {
  const checked = await Promise.all(rows.map((row) => check(kind, row)))
  return checked.filter((row) => row !== undefined)
}
