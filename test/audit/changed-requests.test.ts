/** Requests that approvers changed: the audit follows each from the one before it, and finds what does not follow. */
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { traceOf } from '../../src/domain/approval/approval-request.ts'
import { createWorld, LATER, nodeCrypto, type Order, type Requested, type World } from './world.ts'

async function findingsIn(world: World) {
  const source = await world.source()
  const { counts } = await audit({ source, key: world.logKey, kept: [], crypto: nodeCrypto, now: LATER })
  return Object.keys(counts).sort()
}

interface Change {
  readonly to?: string
  readonly round?: number
  /** What the entries say instead. */
  readonly changed?: object
  readonly created?: object
  readonly order?: Order
}

const newId = () => Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')

/** Ben changes a request that waits, and consents first. */
async function changeBy(world: World, former: Requested, { round = 1, changed, created, order }: Change = {}) {
  const id = newId()
  const end = { ...former.members, approver: world.ben.id, to: id, round, ...changed }
  world.write('request.changed', end, traceOf(former.id))
  const said = { changes: former.id, round, ...created }
  return world.request({ id, by: [world.ben], created: said, ...order })
}

const waiting = (world: World, more: Order = {}) => world.request({ by: [world.ada], until: 'decided', ...more })

describe('a changed request', () => {
  it('that follows from the one before it is found sound, three times', async () => {
    const world = await createWorld()
    const first = await changeBy(world, await waiting(world), { order: { until: 'consented', quorum: 2 } })
    const second = await changeBy(world, first, { round: 2, order: { until: 'consented', quorum: 2 } })
    await changeBy(world, second, { round: 3 })
    expect(await findingsIn(world)).toEqual([])
  })

  it.each<[string, Change]>([
    ['is of another round than its entry says', { created: { round: 2 } }],
    ['leaves a round out', { round: 2 }],
    ['names another request than the one that ended for it', { created: { changes: newId() } }],
    ['names none', { created: { changes: undefined } }],
    ['is of another action name', { order: { name: 'forum.delete' } }],
    ['was changed by somebody who did not sign it', { changed: { approver: 'ada' } }],
  ])('that %s', async (_, change) => {
    const world = await createWorld()
    await changeBy(world, await waiting(world), change)
    expect(await findingsIn(world)).toEqual(['change_mismatch'])
  })

  it('that is the same action again', async () => {
    const world = await createWorld()
    const former = await waiting(world)
    const same = { ...former.claims.authorization_details[0] }
    const order: Order = { claims: (claims) => ({ ...claims, authorization_details: [same] }) }
    await changeBy(world, former, { order })
    expect(await findingsIn(world)).toEqual(['change_mismatch'])
  })

  it('that nobody changed', async () => {
    const world = await createWorld()
    await world.request({ by: [world.ben], created: { changes: (await waiting(world)).id, round: 1 } })
    expect(await findingsIn(world)).toEqual(['change_mismatch'])
  })

  it('a fourth time', async () => {
    const world = await createWorld()
    let former = await waiting(world)
    for (const round of [1, 2, 3, 4])
      former = await changeBy(world, former, { round, order: { until: 'consented', quorum: 2 } })
    expect(await findingsIn(world)).toEqual(['change_mismatch'])
  })

  it('leaves one behind that nobody consents to, or gets a token for', async () => {
    const world = await createWorld()
    const former = await world.request({ by: [world.ada], until: 'consented', quorum: 2 })
    await changeBy(world, former)
    const late = { ...former.members, approver: world.ben.id }
    world.write('consent.denied', late, traceOf(former.id))
    expect(await findingsIn(world)).toEqual(['request_ended_twice'])
  })
})
