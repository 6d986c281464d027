/** Everything the endpoints refuse, on one authority; the last tests hold what was seen against the endpoint table. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpoints } from '../../src/api/endpoints.ts'
import { ENDPOINT_IDS } from './raw.ts'
import { prepareRefusals, type Refusals } from './refusals.ts'
import { refusalsOfAdministration } from './refusals-of-administration.ts'
import { refusalsOfAgents } from './refusals-of-agents.ts'
import { refusalsOfApprovers } from './refusals-of-approvers.ts'
import { refusalsOfBodies } from './refusals-of-bodies.ts'
import { refusalsOfCallers } from './refusals-of-callers.ts'
import { refusalsOfControl } from './refusals-of-control.ts'
import { refusalsOfEntrance } from './refusals-of-entrance.ts'
import { refusalsOfExecutors } from './refusals-of-executors.ts'
import { type Hasty, refusalsOfHaste, refusalsSeen, startHasty } from './refusals-of-haste.ts'
import { refusalsOfIndirectProposals } from './refusals-of-indirect-proposals.ts'
import { refusalsOfLedger } from './refusals-of-ledger.ts'
import { refusalsOfNotifications } from './refusals-of-notifications.ts'
import { refusalsOfRevisions } from './refusals-of-revisions.ts'

let refusals: Refusals
let hasty: Hasty
beforeAll(async () => {
  ;[refusals, hasty] = await Promise.all([prepareRefusals(), startHasty()])
})
afterAll(() => Promise.all([refusals.cast.authority.stop(), hasty.authority.stop()]))
const given = () => refusals

describe('callers', () => refusalsOfCallers(given))
describe('bodies', () => refusalsOfBodies(given))
describe('agents', () => refusalsOfAgents(given))
describe('executors', () => refusalsOfExecutors(given))
describe('the entrance', () => refusalsOfEntrance(given))
describe('approvers', () => refusalsOfApprovers(given))
describe('administration', () => refusalsOfAdministration(given))
describe('control', () => refusalsOfControl(given))
describe('auditors', () => refusalsOfLedger(given))
describe('telling people', () => refusalsOfNotifications(given))
describe('indirect proposals', () => refusalsOfIndirectProposals(given))
describe('changed calls and further ones', () => refusalsOfRevisions(given))
describe('haste', () => refusalsOfHaste(() => hasty))

describe('the table of endpoints', () => {
  const seen = () => refusalsSeen(refusals.cast.authority, hasty.authority)
  const declared = () => ENDPOINT_IDS.flatMap((id) => endpoints[id].refusals.map((code) => `${id} ${code}`))
  /** Said of every endpoint in one sentence, so not in its row. */
  const everywhere = ['invalid_request', 'unauthenticated', 'forbidden', 'authority_unreachable']

  it('declares no refusal that was not seen here', () => {
    expect(declared().filter((refusal) => !seen().has(refusal))).toEqual([])
  })

  it('declares every refusal that was seen here', () => {
    const undeclared = [...seen()].filter((refusal) => {
      const [id = '', code = ''] = refusal.split(' ')
      return !declared().includes(refusal) && !everywhere.includes(code) && id !== 'transaction'
    })
    expect(undeclared).toEqual([])
  })
})
