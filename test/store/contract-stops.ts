/** Live control: what executors are told, who listens, and what they confirm. */
import type { Selector } from '@countersign/verifier'
import { expect, it } from 'vitest'
import type { Given } from './contract.ts'
import { engagement, OWN } from './contract-kill-switches.ts'
import { live } from './contract-tokens.ts'
import { entry, id, NOW, parties } from './fixtures.ts'

const NOW_MS = NOW * 1000

const stream = (executor: string) => ({ connection: id(), executor, sinceMs: NOW_MS, lagMs: 3 })

export function stopContract(given: Given): void {
  it('tells the standing switches, the stops since, and the lists that have changed', async () => {
    const { store } = given()
    const of = await parties(store)
    await live(store, of)
    const before = await store.stopState({ now: NOW, sinceMs: NOW_MS })
    const engaged = engagement({ agent: of.agent.id, action: 'forum.*' }, { nowMs: () => NOW_MS + 77_000 })
    await store.engage(engaged)
    const after = await store.stopState({ now: NOW, sinceMs: NOW_MS + 77_000 })
    const { id: switchId, selector } = engaged
    expect(after.active).toContainEqual({ id: switchId, selector, engagedAtMs: NOW_MS + 77_000 })
    expect(after.stops).toEqual([
      { id: expect.any(Number), atMs: NOW_MS + 77_000, kind: 'killswitch', killswitch: switchId, selector },
    ])
    const known = after.stops.map(({ id }) => id)
    expect((await store.stopState({ now: NOW, sinceMs: NOW_MS + 77_000, known })).stops).toEqual([])
    const revokedIn = (state: typeof before) => state.revoked.find(({ list }) => list === 0)?.count ?? 0
    expect(revokedIn(after)).toBe(revokedIn(before) + 1)
    expect((await store.stopState({ now: NOW + 1_000_000, sinceMs: NOW_MS })).revoked).toEqual([])
    await store.reserveStatusPositions(5)
    expect((await store.stopState({ now: NOW, sinceMs: NOW_MS })).nextPosition).toBe(after.nextPosition + 5)
    expect((await store.stopState({ now: NOW, sinceMs: NOW_MS + 77_001 })).stops).toEqual([])
  })

  it('announces each stop as it is read, and only the change where a stop is too long', async () => {
    const { store } = given()
    const of = await parties(store)
    const heard: string[] = []
    const unlisten = await store.listen((topic) => /^(stop |control$)/.test(topic) && heard.push(topic))
    const token = await live(store, of)
    const engage = (selector: Selector, atMs: number) => store.engage(engagement(selector, { nowMs: () => atMs }))
    const before = await store.stopState({ now: NOW, sinceMs: NOW_MS + 66_001 })
    await engage({ action: `${'ä'.repeat(3960)}*`, executor: id() }, NOW_MS + 66_000)
    await expect.poll(() => heard).toEqual(['control'])
    await engage({ agent: id(), trace: token.trace, action: 'forum."*' }, NOW_MS + 66_001)
    await store.revokeToken({
      id: token.jti,
      nowMs: NOW_MS + 66_002,
      entriesFor: async () => [entry('token.revoked')],
    })
    const known = before.stops.map(({ id }) => id)
    const { stops } = await store.stopState({ now: NOW, sinceMs: NOW_MS + 66_001, known })
    expect(stops.map(({ atMs }) => atMs - NOW_MS)).toEqual([66_001, 66_002])
    const topics = stops.flatMap((stop) => [stop, 'control'])
    await expect
      .poll(() => heard.slice(1).map((topic) => (topic === 'control' ? topic : JSON.parse(topic.slice(5)))))
      .toEqual(topics)
    await unlisten()
  })

  it('keeps the first word of each connection on a stop', async () => {
    const { store } = given()
    const of = await parties(store)
    const engaged = engagement({ agent: of.agent.id }, { nowMs: () => NOW_MS + 88_000 })
    await store.engage(engaged)
    const stop = (await store.stopState({ now: NOW, sinceMs: NOW_MS + 88_000 })).stops[0]?.id ?? 0
    const word = { stop, executor: of.executor.audience, connection: id(), atMs: NOW_MS + 88_004, aborted: 2 }
    expect(await store.confirmStop(word)).toBe(true)
    expect(await store.confirmStop({ ...word, atMs: NOW_MS + 99_000, aborted: 0 })).toBe(true)
    expect(await store.confirmStop({ ...word, stop: 999_999_999 })).toBe(false)
    const { stop: _, ...kept } = word
    expect(await store.confirmations(engaged.id)).toEqual([kept])
  })

  it('knows who is connected: by what each process keeps, until it keeps it no more', async () => {
    const { store } = given()
    const [one, two] = [id(), id()]
    const [mine, lost, theirs] = [stream(`https://${id()}`), stream(`https://${id()}`), stream(`https://${id()}`)]
    const known = async (atMs: number) => {
      const all = await store.connectedExecutors(atMs)
      return all.filter(({ process }) => process === one || process === two).map(({ executor }) => executor)
    }
    await store.keepStreams({ process: one, streams: [mine, lost], nowMs: NOW_MS })
    await store.keepStreams({ process: two, streams: [theirs], nowMs: NOW_MS })
    expect((await known(NOW_MS)).sort()).toEqual([mine, lost, theirs].map(({ executor }) => executor).sort())
    await store.keepStreams({ process: one, streams: [{ ...mine, lagMs: 40 }], nowMs: NOW_MS + 5_000 })
    expect(await known(NOW_MS + 5_000)).not.toContain(lost.executor)
    expect(await store.connectedExecutors(NOW_MS + 5_000)).toContainEqual({
      ...mine,
      process: one,
      seenAtMs: NOW_MS + 5_000,
      lagMs: 40,
    })
    expect(await known(NOW_MS + 18_000)).toEqual([mine.executor])
    const more = stream(`https://${id()}`)
    const connections = [mine.connection, more.connection]
    await store.keepStreams({ process: one, streams: [more], connections, nowMs: NOW_MS + 6_000 })
    expect((await known(NOW_MS + 6_000)).sort()).toEqual([mine, more, theirs].map(({ executor }) => executor).sort())
    await store.keepStreams({ process: one, streams: [mine], nowMs: NOW_MS + 30_000 })
    expect(await known(NOW_MS + 30_000)).toEqual([mine.executor])
    await store.keepStreams({ process: one, streams: [], nowMs: NOW_MS + 30_000 })
    expect(await store.connectedExecutors(NOW_MS)).not.toContainEqual(expect.objectContaining({ process: two }))
  })

  it('lets nobody rewrite what was stopped', async () => {
    const { store, database } = given()
    const engaged = engagement({ agent: id() })
    await store.engage(engaged)
    const { statement } = await import('../../src/store/driver/sql-statement.ts')
    const { sql } = await import('drizzle-orm')
    for (const change of [
      sql`UPDATE kill_switches SET agent = NULL`,
      sql`DELETE FROM kill_switches`,
      sql`UPDATE stops SET at_ms = 0`,
      sql`DELETE FROM stops`,
      sql`DELETE FROM confirmations`,
    ]) {
      await expect(database.run(statement(change))).rejects.toThrow('stays written')
    }
    expect(await store.reach({ selector: {}, spared: OWN, nowMs: NOW_MS })).toMatchObject({
      tokens: expect.any(Number),
    })
  })
}
