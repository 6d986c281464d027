/** Turns on connections: what waits is served in order, and is refused before long. */
import { expect, it } from 'vitest'
import { StoreUnavailable } from '../../src/domain/refusal.ts'
import { turnsOn } from '../../src/store/driver/postgres/postgres-turns.ts'

it('gives a slot to one work at a time, and to the others in order', async () => {
  const inTurn = turnsOn(['slot'], null)
  const done: string[] = []
  const work = (name: string) => async (slot: string) => {
    done.push(`${name} begins on ${slot}`)
    await new Promise((resolve) => setImmediate(resolve))
    done.push(`${name} ends`)
    if (name === 'first') throw new Error('It fails')
  }
  await Promise.allSettled(['first', 'second', 'third'].map((name) => inTurn(work(name))))
  expect(done).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins on slot`, `${name} ends`]))
})

it('takes the first slot that is free', async () => {
  const inTurn = turnsOn(['one', 'two', 'three'], null)
  const taken = (count: number) => Promise.all(Array.from({ length: count }, () => inTurn(async (slot) => slot)))
  for (let round = 0; round < 3; round++) {
    expect(await taken(3)).toEqual(['one', 'two', 'three'])
    expect(await taken(1)).toEqual(['one'])
  }
})

it('refuses what has waited for too long, and serves the next', async () => {
  const inTurn = turnsOn(['slot'], 20)
  let end = () => {}
  const first = inTurn(() => new Promise<void>((resolve) => (end = resolve)))
  let ran = false
  const second = inTurn(async () => {
    ran = true
  })
  await expect(second).rejects.toThrow(StoreUnavailable)
  end()
  await first
  expect(await inTurn(async () => 'served')).toBe('served')
  expect(ran).toBe(false)
})
