/** The measure of grants: how often a session of 100 tool calls interrupts a person, and that nothing destructive hides in one. */
import { expect, it } from 'vitest'
import { runSession } from './coding-session.ts'
import { startGround } from './ground.ts'

it('a coding session of 100 tool calls interrupts a person at most five times, and destroys nothing under a grant', async () => {
  const ground = await startGround({ settings: { COUNTERSIGN_SELF_APPROVAL: 'true' } })
  try {
    const figures = await runSession(ground)
    expect(figures).toMatchObject({ calls: 100, underGrant: 59, destructiveUnderGrant: 0 })
    expect(figures.interruptions).toBeLessThanOrEqual(5)
  } finally {
    await ground.authority.stop()
  }
})
