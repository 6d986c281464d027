/** What auditors are refused while the log has published nothing. */
import { describe, it } from 'vitest'
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
    })
  })
}
