/** The sentence of a change to the authority names its subject beside the id, in the list of requests as on every page. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownExecutor } from '../../src/authority/changes/own-changes.ts'
import { type Cast, startCast } from '../http/cast.ts'
import { enrolBy, FORUM, mustSucceed, type Person } from '../setup/authority.ts'

let cast: Cast
let eve: Person
const switches: string[] = []
beforeAll(async () => {
  cast = await startCast()
  eve = await enrolBy(cast.authority, cast.ada, 'Eve Leaver', ['approver'])
  for (const selector of [{ agent: 'helpdesk-agent' }, { executor: 'https://other.example', action: 'a.*' }])
    switches.push(
      mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'Odd' } })).id,
    )
})
afterAll(() => cast.authority.stop())

/** As the list of requests says it. */
async function sentenceOf(name: string, resource: string, args: object): Promise<string> {
  const { operator, config } = cast.authority
  const action = { name, resource, arguments: args as never, salt: newSalt() }
  const { id } = mustSucceed(await operator.call('openRequest', { body: { audience: config.origin, action } }))
  const { requests } = mustSucceed(await operator.call('listRequests', { query: {} }))
  mustSucceed(await operator.call('revokeRequest', { params: { id } }))
  return requests.find((one) => one.id === id)?.summary ?? ''
}

it('names people, executors and kill switches', async () => {
  const { id } = eve
  expect(await sentenceOf('countersign.approver.remove', `approver:${id}`, { approver: id })).toBe(
    `Remove ${id} (Eve Leaver) and everything they may do`,
  )
  const roles = { approver: id, replaces: ['approver'], roles: ['auditor'] }
  expect(await sentenceOf('countersign.approver.update', `approver:${id}`, roles)).toBe(
    `Change the roles of ${id} (Eve Leaver)`,
  )
  const { executors } = mustSucceed(await cast.authority.operator.call('listExecutors'))
  const version = executors.find(({ audience }) => audience === FORUM)?.version
  const title = { audience: FORUM, version, title: 'Another' }
  expect(await sentenceOf('countersign.executor.update', `executor:${FORUM}`, title)).toBe(
    `Change the executor ${FORUM} (The forum)`,
  )
  const [first = '', second = ''] = switches
  const release = { id: first, reason: 'Safe' }
  expect(await sentenceOf('countersign.killswitch.release', `killswitch:${first}`, release)).toBe(
    `Release the kill switch ${first} (agent helpdesk-agent)`,
  )
  const both = { ids: [first, second], reason: 'Safe' }
  expect(await sentenceOf('countersign.killswitch.release', 'killswitches', both)).toBe(
    `Release the kill switches ${first} and ${second} (agent helpdesk-agent; executor https://other.example with action a.*)`,
  )
  const erased = { rule: 'principal', principal: id }
  expect(await sentenceOf('countersign.payload.erase', `payloads:principal:${id}`, erased)).toBe(
    `Erase the payloads of the principal ${id} (Eve Leaver)`,
  )
  expect(await sentenceOf('countersign.payload.erase', 'payloads:age:30', { rule: 'age', older_than_days: 30 })).toBe(
    'Erase the payloads older than 30 days',
  )
})

/** Ids of people, switches and requests are random: the changes above name what they stand for. */
const OPAQUE = /\{(?:approver|ids?|request|principal|key)\}/
const NAMED_ABOVE =
  /^countersign\.(?:approver\.(?:remove|update|restore)|payload\.erase|killswitch\.release|agent\.(?:add|update))$/

it.each(ownExecutor('https://authority.example', 'This authority').catalogue)(
  '$name has words around its subject, and no id alone',
  ({ name, title = '', phrase = title }) => {
    expect(
      phrase
        .replace(/\{[^}]*\}/g, '')
        .trim()
        .split(/\s+/).length,
    ).toBeGreaterThan(1)
    if (OPAQUE.test(phrase)) expect(name).toMatch(NAMED_ABOVE)
  },
)
