/** Editing an agent: people see a list as what was added to it and removed from it. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lineDiff } from '../../src/web/approve/line-diff.ts'
import { mustSucceed } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'

const HOOK = 'urn:hook'
const FILES = 'urn:files'
const MAIL = 'urn:mail'

let cast: Cast
beforeAll(async () => {
  cast = await startCast()
})
afterAll(() => cast.authority.stop())

async function linesOf(executors: readonly string[]): Promise<readonly string[]> {
  const { operator, config, store } = cast.authority
  const { agents } = mustSucceed(await operator.call('listAgents'))
  const [agent] = agents
  if (!agent) throw new Error('There is no agent')
  const action = {
    name: 'countersign.agent.update',
    resource: `agent:${agent.id}`,
    arguments: { id: agent.id, version: agent.version, executors: [...executors] },
    salt: newSalt(),
  }
  const { id } = mustSucceed(await operator.call('openRequest', { body: { audience: config.origin, action } }))
  const request = await store.request(id)
  const [change] = request?.preview?.content?.changes ?? []
  return lineDiff(change?.before ?? null, change?.after ?? null)
    .filter(({ kind }) => kind !== 'same')
    .map(({ kind, runs }) => `${kind} ${runs.map(({ text }) => text).join('')}`)
}

it('is shown as what was added and removed, in whatever order it is given', async () => {
  const { operator } = cast.authority
  const [agent] = mustSucceed(await operator.call('listAgents')).agents
  const before = agent?.executors ?? []
  expect(before.length).toBeGreaterThan(0)
  expect(await linesOf([HOOK, FILES, ...before])).toEqual([`added executors: ${HOOK}`, `added executors: ${FILES}`])
  expect(await linesOf([...before].reverse())).toEqual([])
  const [first = '', ...kept] = before
  expect(await linesOf([MAIL, ...kept])).toEqual([`removed executors: ${first}`, `added executors: ${MAIL}`])
})
