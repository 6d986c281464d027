/** The tasks of one agent: bounded in number, in size and in time. */
import { describe, expect, it } from 'vitest'
import type { HeldCall } from '../../src/gateway/gate/held-calls.ts'
import { createHeldTasks } from '../../src/gateway/gate/held-tasks.ts'

const clock = { now: 1_800_000_000_000 }
const held = (id: string): HeldCall => ({
  request: { id, url: `https://approve.example/approve/${id}`, expiresAt: clock.now / 1000 + 900 },
  answered: new Promise(() => {}),
  ...{ isAnswered: false, waiters: 0, isReleased: false, subjects: undefined },
  run: undefined,
})
const files = { keep: async () => {}, find: async () => undefined, drop: async () => {} }
const create = () => createHeldTasks('agent', files, () => clock.now)

describe('the tasks of an agent', () => {
  it('are one for the same call, until it has ended; ids are not to be guessed', async () => {
    const tasks = create()
    const one = await tasks.begin('key', {}, held('one'))
    expect(await tasks.begin('key', {}, one.held)).toBe(one)
    expect(one.id).toMatch(/^countersign\.task\.[\w-]{32}$/)
    tasks.end(one, { result: {} })
    expect((await tasks.begin('key', {}, held('two'))).id).not.toBe(one.id)
    expect(tasks.find(one.id)?.ended).toEqual({ result: {} })
  })

  it('go on with another request, which is asked about anew', async () => {
    const tasks = create()
    const task = await tasks.begin('key', {}, held('one'))
    task.isLinkAnswered = true
    expect(await tasks.begin('key', {}, held('two'))).toBe(task)
    expect(task).toMatchObject({ round: 1, isLinkAnswered: false, held: { request: { id: 'two' } } })
  })

  it('are 200 at most, and hold 64 MiB at most: the oldest goes first', async () => {
    const tasks = create()
    const first = await tasks.begin('first', {}, held('first'))
    for (let at = 0; at < 199; at++) await tasks.begin(`key ${at}`, {}, held(`${at}`))
    expect(tasks.find(first.id)).toBe(first)
    await tasks.begin('one more', {}, held('more'))
    expect(tasks.find(first.id)).toBeUndefined()
    const begun = Array.from({ length: 9 }, (_, at) => tasks.begin(`large ${at}`, {}, held(`large ${at}`)))
    const large = await Promise.all(begun)
    for (const task of large) tasks.end(task, { result: { text: 'x'.repeat(8 * 1024 * 1024) } })
    expect(large.map(({ id }) => tasks.find(id) !== undefined)).toEqual([false, false, ...Array(7).fill(true)])
  })

  it('are gone an hour after their request', async () => {
    const tasks = create()
    const { id } = await tasks.begin('key', {}, held('one'))
    clock.now += (900 + 3599) * 1000
    expect(tasks.find(id)).toBeDefined()
    clock.now += 2000
    expect(tasks.find(id)).toBeUndefined()
  })
})
