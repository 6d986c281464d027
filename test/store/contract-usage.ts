/** What was asked, granted and spent in a time; and an action taken out of a catalogue. */
import { expect, it } from 'vitest'
import type { UsageCount } from '../../src/domain/identity/usage.ts'
import type { Store } from '../../src/store/contract/store.ts'
import type { Given } from './contract.ts'
import { live } from './contract-tokens.ts'
import { entry, executor, id, NOW, type Parties, parties, redeem, waiting } from './fixtures.ts'

const DAY = 86_400
const often = (recent: number, whole: number): UsageCount => ({ recent, whole })

export function usageContract(given: Given): void {
  const usageOf = async (store: Store, { agent }: Parties) =>
    (await store.usage({ from: NOW - 90 * DAY, recentFrom: NOW - 30 * DAY })).filter((use) => use.agent === agent.id)
  const ask = (store: Store, of: Parties, name: string, createdAt: number) =>
    store.openRequest(waiting(of, { name, createdAt }))

  it('counts by agent, executor and name, in the shorter span and the whole one, and nothing before', async () => {
    const { store } = given()
    const of = await parties(store)
    for (const days of [1, 29, 31, 89, 91]) await ask(store, of, 'forum.delete', NOW - days * DAY)
    await store.redeemOnce(redeem(of, await live(store, of)))
    await live(store, of)
    const shared = { agent: of.agent.id, executor: of.executor.audience }
    expect(await usageOf(store, of)).toEqual([
      {
        ...shared,
        name: 'forum.delete',
        requests: often(2, 4),
        approvals: often(0, 0),
        redemptions: often(0, 0),
        lastAskedAt: NOW - DAY,
        lastUsedAt: null,
      },
      {
        ...shared,
        name: 'forum.post',
        requests: often(2, 2),
        approvals: often(2, 2),
        redemptions: often(1, 1),
        lastAskedAt: NOW,
        lastUsedAt: NOW + 10,
      },
    ])
  })

  it('counts every use of a token, and its request once', async () => {
    const { store } = given()
    const of = await parties(store)
    const token = await live(store, of, 3)
    for (let use = 0; use < 3; use++) await store.redeemOnce(redeem(of, token))
    expect(await usageOf(store, of)).toMatchObject([{ requests: often(1, 1), redemptions: often(3, 3) }])
  })

  it('takes an action out of a catalogue, once, the rest as it was', async () => {
    const { store } = given()
    const of = await parties(store)
    const [read, post] = [
      { name: 'forum.read', effect: 'read' as const, reversible: true },
      { name: 'forum.post', effect: 'write' as const, reversible: true, title: 'Post “{board}”' },
    ]
    const offered = executor({ catalogue: [read, post, { ...read, name: 'forum.list' }] })
    await store.ensureOwnParties({ agent: of.agent, executor: offered })
    const removed = entry('executor.removed')
    expect(
      await store.removeAction({ audience: offered.audience, name: 'forum.read', entriesFor: async () => [removed] }),
    ).toBe(true)
    expect(await store.executor(offered.audience)).toEqual({
      ...offered,
      version: 2,
      catalogue: [post, { ...read, name: 'forum.list' }],
    })
    expect((await store.entriesOfTrace(removed.trace)).map(({ body }) => body)).toEqual([removed.body])

    const again = entry('executor.removed')
    expect(
      await store.removeAction({ audience: offered.audience, name: 'forum.read', entriesFor: async () => [again] }),
    ).toBe(false)
    expect(
      await store.removeAction({ audience: `https://${id()}`, name: 'forum.post', entriesFor: async () => [again] }),
    ).toBe(false)
    expect(await store.entriesOfTrace(again.trace)).toEqual([])
    for (const name of ['forum.post', 'forum.list'])
      await store.removeAction({
        audience: offered.audience,
        name,
        entriesFor: async () => [entry('executor.removed')],
      })
    expect(await store.executor(offered.audience)).toMatchObject({ version: 4, catalogue: [] })
  })
}
