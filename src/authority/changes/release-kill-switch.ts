/** Releasing a kill switch. What it revoked stays revoked. SPEC 9, 10. */
import { z } from 'zod'
import { base64url22, nameOf } from '../../domain/identity/identifiers.ts'
import { ok, refuse } from '../../domain/refusal.ts'
import { ownChange } from './own-change.ts'

const alreadyReleased = () =>
  refuse('invalid_request', 'This kill switch is released already. Nothing was changed.', { status: 409 })

export const releaseKillSwitch = ownChange({
  name: 'countersign.killswitch.release',
  title: 'Release the kill switch {id}',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: alreadyReleased,
  /** `reason`: why it is safe to go on. */
  arguments: z.strictObject({ id: base64url22, reason: nameOf(2000) }),
  resource: ({ id }) => `killswitch:${id}`,
  async prepare({ store, nowMs }, { id }, { request }) {
    const found = await store.killSwitch(id)
    if (!found) return refuse('not_found', 'There is no kill switch under that id.')
    if (found.releasedAtMs !== null) return alreadyReleased()
    return ok({
      change: { kind: 'killswitch.release', id, atMs: nowMs(), request },
      type: 'killswitch.released',
      members: { killswitch: id, selector: { ...found.selector } },
      answer: { subject: id },
    })
  },
})
