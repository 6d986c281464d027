/** Editing an executor: an admin's approved change to exactly the version that was read. */
import { type ActionSpec, type JsonObject, newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FORUM, mustSucceed } from '../setup/authority.ts'
import { type Cast, startCast, storyOf, WIKI } from './cast.ts'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

async function executor(audience = FORUM) {
  const { executors } = mustSucceed(await cast.authority.operator.call('listExecutors'))
  const found = executors.find((known) => known.audience === audience)
  if (!found) throw new Error(`There is no ${audience}`)
  return found
}

const edit = (members: JsonObject, audience = FORUM): ActionSpec => ({
  name: 'countersign.executor.update',
  resource: `executor:${audience}`,
  arguments: { audience, ...members },
  salt: newSalt(),
})

async function approved(action: ActionSpec) {
  const { operator, config } = cast.authority
  const opened = mustSucceed(await operator.call('openRequest', { body: { audience: config.origin, action } }))
  mustSucceed(await cast.ada.consent(opened.id))
  const { token } = mustSucceed(await operator.call('collectToken', { params: { id: opened.id } }))
  const perform = () => operator.call('administer', { body: { action }, headers: { 'approval-token': token } })
  return { perform, trace: opened.trace }
}

describe('an edit of an executor', () => {
  it('changes what it names and nothing else, and is a fact', async () => {
    const before = await executor()
    const change = await approved(edit({ version: before.version, title: 'The new forum' }))
    mustSucceed(await change.perform())
    expect(await executor()).toEqual({ ...before, title: 'The new forum', version: before.version + 1 })
    expect(await storyOf(cast.authority, change.trace)).toContain('executor.changed')
  })

  it('of the catalogue decides what agents may ask for from then on', async () => {
    const { version } = await executor(WIKI)
    const catalogue = [{ name: 'wiki.lock', effect: 'write', reversible: true, title: 'Lock {page}' }]
    const change = await approved(edit({ version, catalogue }, WIKI))
    const proposal = {
      audience: WIKI,
      action: { name: 'wiki.lock', resource: 'wiki:1', arguments: { page: '1' }, salt: newSalt() },
    }
    expect(await cast.agent.propose({ body: proposal })).toMatchObject({ problem: { code: 'policy_denied' } })
    mustSucceed(await change.perform())
    mustSucceed(await cast.agent.propose({ body: proposal }))
  })

  it('of a version that has changed since spends nothing', async () => {
    const { version } = await executor()
    const [first, second] = [
      await approved(edit({ version, title: 'First' })),
      await approved(edit({ version, title: 'Second' })),
    ]
    mustSucceed(await first.perform())
    expect(await second.perform()).toMatchObject({ status: 409, problem: { code: 'invalid_request' } })
    expect(await executor()).toMatchObject({ title: 'First', version: version + 1 })
  })
})
