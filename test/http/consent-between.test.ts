/** A call that an answer wakes reads what its token rests on beside the request: a consent may come between the two. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import { administer, enrolBy, mustSucceed } from '../setup/authority.ts'
import { withBoards } from '../setup/policy.ts'
import { type Cast, propose, startCast, storyOf } from './cast.ts'

const gate = { looks: 0, state: 'open', read: () => {}, pass: () => {} }
/** Once armed: the request that is read right after those who consented is read once the gate is passed. */
const gated = (store: Store): Store => ({
  ...store,
  request: async (id) => {
    gate.looks++
    if (gate.state === 'next') {
      gate.state = 'open'
      await new Promise<void>((resolve) => (gate.pass = resolve))
    }
    return store.request(id)
  },
  async consenters(id) {
    if (gate.state !== 'armed') return store.consenters(id)
    gate.state = 'next'
    const found = await store.consenters(id)
    gate.read()
    return found
  },
})

let cast: Cast
beforeAll(async () => {
  const boards = withBoards({ pair: '@approvers("finance") @quorum("2")' })
  cast = await startCast({ withStore: (store) => gated(boards(store)) })
})
afterAll(() => cast.authority.stop())

it('gives the token where the last consent was recorded after those who consented were read', async () => {
  const cleo = await enrolBy(cast.authority, cast.ada, 'Cleo')
  await administer(cast.authority, cast.ada, {
    name: 'countersign.group.add',
    resource: 'group:finance',
    arguments: { name: 'finance', members: [cast.ben.id, cleo.id] },
  })
  const { id, trace } = await propose(cast.agent, { arguments: { board: 'pair', text: 'Hello' } })
  const before = gate.looks
  const waiting = cast.agent.call('collectToken', { params: { id }, waitSeconds: 30 })
  await expect.poll(() => gate.looks).toBeGreaterThan(before)
  const read = new Promise<void>((resolve) => (gate.read = resolve))
  gate.state = 'armed'
  mustSucceed(await cast.ben.consent(id))
  await read
  mustSucceed(await cleo.consent(id))
  gate.pass()
  expect(mustSucceed(await waiting).token).toMatch(/^eyJ/)
  expect(await storyOf(cast.authority, trace)).not.toContain('token.refused')
})
