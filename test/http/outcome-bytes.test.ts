/** Outcomes beyond the bytes of results that an executor may have stored: each is kept, its result is left out in words. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { settle } from '../ledger/ground.ts'
import { mustSucceed } from '../setup/authority.ts'
import { approvedToken, type Cast, credentialFor, type ExecutorPart, startCast, WIKI } from './cast.ts'

const LEFT_OUT = 'The result was left out: this executor reported too much in a minute.'
const RESULT = { changes: [{ label: 'Text', before: '', after: 'x'.repeat(1500) }] }

let cast: Cast
let auditor: Client
beforeAll(async () => {
  cast = await startCast({ settings: { COUNTERSIGN_EXECUTOR_BYTES_PER_MINUTE: '2000' } })
  auditor = cast.authority.client(await credentialFor(cast.authority, cast.ada, 'auditor', 'audit'))
})
afterAll(() => cast.authority.stop())

/** What stands in the ledger, and what is kept, after an executor reported a large result. */
async function reported({ audience, client }: ExecutorPart, outcome: 'succeeded' | 'failed') {
  const { token, jti, request } = await approvedToken(cast.agent, cast.ben, { audience })
  mustSucceed(await client.call('redeem', { body: { token } }))
  const body = { outcome, result: RESULT, detail: 'All of it' }
  mustSucceed(await client.call('reportOutcome', { params: { jti }, body }))
  await settle(cast.authority.services.ledger, cast.authority.store)
  const { entries } = mustSucceed(await auditor.call('trace', { params: { trace: request.trace } }))
  const { outcomes } = mustSucceed(await auditor.call('outcomes', { params: { trace: request.trace } }))
  const facts = entries.filter(({ type }) => type === 'outcome.reported').map((entry) => entry['outcome'])
  return { facts, kept: outcomes.map(({ result, detail }) => ({ result, detail })) }
}

it('each is kept, with a sentence in the place of a result beyond them', async () => {
  const { forum } = cast
  expect(await reported(forum, 'succeeded')).toEqual({
    facts: ['succeeded'],
    kept: [{ result: RESULT, detail: 'All of it' }],
  })
  for (const outcome of ['failed', 'succeeded'] as const) {
    expect(await reported(forum, outcome)).toEqual({ facts: [outcome], kept: [{ result: null, detail: LEFT_OUT }] })
  }
})

it('another executor has bytes of its own', async () => {
  expect(cast.wiki.audience).toBe(WIKI)
  expect((await reported(cast.wiki, 'failed')).kept).toEqual([{ result: RESULT, detail: 'All of it' }])
})
