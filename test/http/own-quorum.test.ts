/** Changes to the authority obey the quorum that its policy demands: of whichever groups, and never without an admin. */
import { type ActionSpec, newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { administer, enrolBy, mustSucceed, type Person, startAuthority } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'
import { expectRefusal } from './watch.ts'

let cast: Cast
let cleo: Person
const settingsBy = (
  asked: string,
) => `permit (principal, action, resource is Resource) when { context.effect == "read" };
  @id("settings") ${asked} @self("yes") permit (principal, action, resource is Setting);`
const policyOf = (version: number, asked: string) => ({
  name: 'countersign.policy.publish',
  resource: 'policy',
  arguments: { version, text: settingsBy(asked) },
})

beforeAll(async () => {
  cast = await startCast()
  cleo = await enrolBy(cast.authority, cast.ada, 'Cleo')
  await administer(cast.authority, cast.ada, {
    name: 'countersign.group.add',
    resource: 'group:security',
    arguments: { name: 'security', members: [cleo.id] },
  })
  await administer(cast.authority, cast.ada, policyOf(1, '@approvers("security and admin")'))
})
afterAll(() => cast.authority.stop())

async function open(action: Omit<ActionSpec, 'salt'>) {
  const { operator, config } = cast.authority
  const whole = { ...action, salt: newSalt() }
  const { id } = mustSucceed(await operator.propose({ body: { audience: config.origin, action: whole } }))
  const collect = () => operator.call('collectToken', { params: { id } })
  const perform = (token: string) =>
    operator.call('administer', { body: { action: whole }, headers: { 'approval-token': token } })
  return { id, collect, perform }
}

const addLegal = (name: string) => ({
  name: 'countersign.group.add',
  resource: `group:${name}`,
  arguments: { name, members: [cast.ben.id] },
})

describe('a change to the authority', () => {
  it('is made with one of a group and one admin, where the policy asks both, and is proven', async () => {
    const { id, collect, perform } = await open(addLegal('legal'))
    mustSucceed(await cleo.consent(id))
    expectRefusal(await cast.ben.consent(id), 'not_found')
    expectRefusal(await collect(), 'request_pending')
    mustSucceed(await cast.ada.consent(id))
    mustSucceed(await perform(mustSucceed(await collect()).token))
    const { groups } = mustSucceed(await cast.ada.page.call('listGroups'))
    expect(groups.map(({ name }) => name)).toContain('legal')
    const { databaseUrl, config } = cast.authority
    const settings = { COUNTERSIGN_ORIGIN: config.origin }
    const second = await startAuthority({ databaseUrl: String(databaseUrl), settings })
    const seen = mustSucceed(await second.operator.call('listGroups')).groups
    expect(seen.map(({ name }) => name)).toContain('legal')
    await second.stop()
  })

  it('is not made where somebody has left the group, or the policy asks others by then', async () => {
    const { id, collect, perform } = await open(addLegal('press'))
    mustSucceed(await cleo.consent(id))
    mustSucceed(await cast.ada.consent(id))
    const { token } = mustSucceed(await collect())
    const change = await open({
      name: 'countersign.group.update',
      resource: 'group:security',
      arguments: { name: 'security', version: 1, members: [cast.ben.id] },
    })
    mustSucceed(await cleo.consent(change.id))
    mustSucceed(await cast.ada.consent(change.id))
    mustSucceed(await change.perform(mustSucceed(await change.collect()).token))
    expectRefusal(await perform(token), 'policy_denied')
    const { groups } = mustSucceed(await cast.ada.page.call('listGroups'))
    expect(groups.map(({ name }) => name)).not.toContain('press')
  })

  it('always needs an admin, also where the policy names another group alone', async () => {
    const publish = await open(policyOf(2, '@approvers("security")'))
    mustSucceed(await cast.ben.consent(publish.id))
    mustSucceed(await cast.ada.consent(publish.id))
    mustSucceed(await publish.perform(mustSucceed(await publish.collect()).token))
    const { id, collect } = await open(addLegal('works'))
    mustSucceed(await cast.ben.consent(id))
    expectRefusal(await collect(), 'request_pending')
    expect(mustSucceed(await cast.ada.consent(id)).state).toBe('approved')
  })
})
