/** Whoever has left, or is suspended, is told nothing more: not of what waits, nor of what was on its way to them. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { administer, mustSucceed } from '../setup/authority.ts'
import { type Ground, startGround } from './ground.ts'

let ground: Ground
beforeAll(async () => {
  ground = await startGround()
})
afterAll(() => ground.stop())

it('a device of somebody suspended gets nothing, and one of somebody removed is gone', async () => {
  const device = await ground.enrolDevice(ground.ben)
  mustSucceed(await ground.ada.page.call('suspendPerson', { params: { id: ground.ben.id } }))
  await ground.propose()
  await ground.run()
  expect(device.messages()).toEqual([])
  await administer(ground.authority, ground.ada, {
    name: 'countersign.approver.remove',
    resource: `approver:${ground.ben.id}`,
    arguments: { approver: ground.ben.id },
  })
  expect(await ground.authority.store.devices(ground.ben.id)).toEqual([])
})

it('what was on its way to them does not reach them', async () => {
  const device = await ground.enrolDevice(ground.ada)
  await ground.propose()
  await ground.run()
  const told = device.messages().length
  expect(told).toBeGreaterThan(0)
  const [sent] = await ground.authority.store.listDeliveries({ recipient: ground.ada.id, limit: 1 })
  await ground.authority.store.replayDelivery({ id: sent?.id ?? '', now: ground.authority.now() })
  mustSucceed(await ground.authority.operator.call('suspendPerson', { params: { id: ground.ada.id } }))
  await ground.run()
  expect(device.messages()).toHaveLength(told)
})
