/** What is refused about telling people: others' devices and links, targets that are none, what is not there. */
import { describe, expect, it } from 'vitest'
import { createSubscription } from '../notify/receivers.ts'
import { mustSucceed } from '../setup/authority.ts'
import { NOBODYS_ID } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

export function refusalsOfNotifications(given: () => Refusals): void {
  const device = (endpoint: string) => ({ endpoint, keys: createSubscription().keys, label: 'Phone' })

  describe('a device', () => {
    it('is nobody else’s to remove', async () => {
      const { ada, ben } = given().cast
      const body = device('https://push.example/of-ada')
      const { id } = mustSucceed(await ada.page.call('addDevice', { body }))
      expectRefusal(await ben.page.call('removeDevice', { params: { id } }), 'not_found')
      mustSucceed(await ada.page.call('removeDevice', { params: { id } }))
    })

    it('is one of ten at most', async () => {
      const { ben } = given().cast
      for (let n = 0; n < 10; n++) {
        mustSucceed(await ben.page.call('addDevice', { body: device(`https://push.example/${n}`) }))
      }
      const eleventh = await ben.page.call('addDevice', { body: device('https://push.example/11') })
      expect(eleventh).toMatchObject({ status: 409, problem: { code: 'invalid_request' } })
      mustSucceed(await ben.page.call('addDevice', { body: device('https://push.example/3') }))
    })
  })

  describe('an address', () => {
    it('is confirmed by its own link alone, in time', async () => {
      const { ben, authority } = given().cast
      mustSucceed(await ben.page.call('setMail', { body: { address: 'ben@people.example' } }))
      for (const expires of [authority.now() + 60, authority.now() - 1]) {
        const body = { secret: `${expires}.${'A'.repeat(43)}` }
        expectRefusal(await ben.page.call('confirmMail', { body }), 'not_found')
      }
      mustSucceed(await ben.page.call('removeMail'))
    })
  })

  describe('an endpoint or a delivery that is not there', () => {
    it('is not found', async () => {
      const { operator } = given().cast.authority
      const params = { id: NOBODYS_ID }
      expectRefusal(await operator.call('removeWebhook', { params }), 'not_found')
      expectRefusal(await operator.call('replayDelivery', { params }), 'not_found')
    })
  })
}
