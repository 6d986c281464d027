/** How often entries of configuration are read again: ids become visible out of order, and not for ever. */
import { expect, it } from 'vitest'
import { parseConfig } from '../../src/authority/config.ts'
import { createFollower } from '../../src/authority/proof/follow-ledger.ts'
import { SILENT } from '../bench/silent.ts'

const START = 1_000_000

/** Entries as the store has them, and from which id on they were asked for. */
function following(writtenAt: readonly number[]) {
  const clock = { seconds: START }
  const entries = writtenAt.map((at, n) => ({
    id: n + 1,
    body: JSON.stringify({ type: 'authority.started', trace: '', at }),
  }))
  const asked: number[] = []
  const store = {
    configurationEntries: async (after: number) => {
      asked.push(after)
      return entries.filter(({ id }) => id > after)
    },
  }
  const follower = createFollower({
    config: parseConfig({ COUNTERSIGN_ORIGIN: 'http://localhost:8787' }),
    store: store as never,
    logKeys: [],
    rootKeys: { pinned: () => [], trusts: () => false } as never,
    log: SILENT,
    now: () => clock.seconds,
    nowMs: () => clock.seconds * 1000,
  })
  return { follower, asked, clock }
}

it('reads what was written long before the start once, and the rest again for a minute', async () => {
  const { follower, asked, clock } = following([START - 5000, START - 601, START - 599, START])
  await follower.catchUp()
  await follower.catchUp()
  clock.seconds += 60
  await follower.catchUp()
  await follower.catchUp()
  expect(asked).toEqual([0, 2, 2, 4])
})
