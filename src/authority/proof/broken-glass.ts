/**
 * The break-glasses in the ledger: what the log's key sealed as opened or acknowledged, and the person each one
 * enrolled. SPEC 10.12.
 */
import type { BreakGlass, BrokenGlass } from '../deps.ts'
import type { GlassWitnesses } from './glass-witnesses.ts'
import type { InForce } from './proven-rows.ts'

interface Known {
  readonly inForce: Pick<InForce, 'present' | 'idsOf'>
  /** By break-glass. */
  readonly letIn: ReadonlyMap<string, string>
  readonly witnesses: Pick<GlassWitnesses, 'of'>
}

/** Includes a break-glass whose seal can no longer be checked, if it enrolled a person whose key is pinned. */
export function brokenGlassIn({ inForce, letIn, witnesses }: Known): readonly BrokenGlass[] {
  const ids = new Set([...inForce.idsOf('breakglass'), ...letIn.keys()])
  return [...ids].map((id) => {
    const { hash, opened, expires } = inForce.present('breakglass', id) ?? {}
    return {
      id,
      hash: typeof hash === 'string' ? hash : null,
      openedAt: Number(opened ?? 0),
      expiresAt: Number(expires ?? 0),
      letIn: letIn.get(id) ?? null,
      witnesses: witnesses.of(id),
      acknowledged: inForce.present('acknowledgement', id) !== undefined,
    }
  })
}

export const createBreakGlass = (list: BreakGlass['list'], refresh: BreakGlass['refresh']): BreakGlass => ({
  list,
  unacknowledged: () => list().filter(({ acknowledged }) => !acknowledged),
  refresh,
})
