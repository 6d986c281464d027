/**
 * What every store must do, whatever database it stands on.
 *
 * In: a name, and how to make a store with its database. Out: vitest suites, one per domain.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/store/contract/store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { consentContract } from './contract-consents.ts'
import { historyContract } from './contract-history.ts'
import { inboxContract } from './contract-inbox.ts'
import { killSwitchContract } from './contract-kill-switches.ts'
import { ledgerContract } from './contract-ledger.ts'
import { partyContract } from './contract-parties.ts'
import { peopleContract } from './contract-people.ts'
import { requestListContract } from './contract-request-list.ts'
import { requestContract } from './contract-requests.ts'
import { revocationContract } from './contract-revocation.ts'
import { stoppingRaces } from './contract-stopping-races.ts'
import { stopContract } from './contract-stops.ts'
import { tokenContract } from './contract-tokens.ts'
import { usageContract } from './contract-usage.ts'

export interface Subject {
  readonly store: Store
  readonly database: Database
}

/** A subject that is there once the suite runs. */
export type Given = () => Subject

export function contractSuite(name: string, makeStore: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject | undefined
    const given: Given = () => {
      if (!subject) throw new Error('The store is made before the first test')
      return subject
    }
    beforeAll(async () => {
      subject = await makeStore()
    })
    afterAll(() => subject?.store.close())

    describe('people', () => peopleContract(given))
    describe('parties', () => partyContract(given))
    describe('requests', () => requestContract(given))
    describe('the inbox', () => inboxContract(given))
    describe('the list of requests', () => requestListContract(given))
    describe('consents', () => consentContract(given))
    describe('tokens', () => tokenContract(given))
    describe('revocation', () => revocationContract(given))
    describe('kill switches', () => killSwitchContract(given))
    describe('kill switches under race', () => stoppingRaces(given))
    describe('control', () => stopContract(given))
    describe('history', () => historyContract(given))
    describe('usage', () => usageContract(given))
    describe('ledger', () => ledgerContract(given))
  })
}
