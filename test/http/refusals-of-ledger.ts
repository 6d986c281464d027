/** What auditors are refused while the log has published nothing. */
import { describe, it } from 'vitest'
import { OPERATOR } from '../setup/authority.ts'
import { bearer } from './raw.ts'
import type { Refusals } from './refusals.ts'
import { expectRefusal } from './watch.ts'

export function refusalsOfLedger(given: () => Refusals): void {
  const auditor = () => given().cast.authority.client(given().credentials.auditor)

  describe('a log that has published nothing', () => {
    it('has no checkpoint, no tile and no proof', async () => {
      expectRefusal(await auditor().call('checkpoint'), 'not_found')
      expectRefusal(await auditor().call('tile', { params: { level: '0', index: '000.p/1' } }), 'not_found')
      expectRefusal(await auditor().call('tile', { params: { level: 'entries', index: 'first' } }), 'not_found')
      expectRefusal(await auditor().call('proof', { params: { id: '0' } }), 'not_found')
    })
  })

  describe('a question', () => {
    it('that is not understood is refused, in words', async () => {
      expectRefusal(await auditor().call('listEntries', { query: { limit: '0x10' } }), 'invalid_request')
      expectRefusal(await auditor().call('activity', { query: { from: '5', to: '4' } }), 'invalid_request')
      expectRefusal(await auditor().call('listUnproved', { query: { limit: '501' } }), 'invalid_request')
      expectRefusal(await auditor().call('tailEntries', { query: { after: 'x' } }), 'invalid_request')
      expectRefusal(await auditor().call('listEntries', { query: { limit: '0' } }), 'invalid_request')
      expectRefusal(await auditor().call('artifacts', { query: { limit: '00' } }), 'invalid_request')
      expectRefusal(
        await auditor().call('activity', { query: { from: '1', to: '4', buckets: '0' } }),
        'invalid_request',
      )
      const headers = { 'last-event-id': 'x' }
      expectRefusal(await auditor().call('tailEntries', { headers }), 'invalid_request')
    })

    it('about what is no trace finds nothing', async () => {
      expectRefusal(await auditor().call('outcomes', { params: { trace: 'A'.repeat(32) } }), 'not_found')
      expectRefusal(await auditor().call('requestContent', { params: { id: 'A'.repeat(22) } }), 'not_found')
      expectRefusal(await auditor().call('uncoverRequest', { params: { id: 'A'.repeat(22) } }), 'not_found')
    })
  })

  describe('tails', () => {
    it('are refused beyond four to one reader', async () => {
      const { cast, credentials } = given()
      const headers = bearer(credentials.auditor)
      const open = () => cast.authority.fetch(`${cast.authority.config.origin}/ledger/tail`, { headers })
      const streams = await Promise.all([open(), open(), open(), open()])
      const refused = await auditor().call('tailEntries')
      expectRefusal(refused, 'rate_limited')
      await Promise.all(streams.map((stream) => stream.body?.cancel()))
    })

    it('of the diagnosis are refused beyond four to one operator', async () => {
      const { authority } = given().cast
      const headers = bearer(OPERATOR)
      const open = () => authority.fetch(`${authority.config.origin}/diagnosis`, { headers })
      const streams = await Promise.all([open(), open(), open(), open()])
      expectRefusal(await authority.operator.call('diagnosis'), 'rate_limited')
      await Promise.all(streams.map((stream) => stream.body?.cancel()))
    })
  })
}
