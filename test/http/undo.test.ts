/** Undoing: from a reported outcome, by a person's proposal, to the agent that runs the inverse action. */
import { type JsonObject, newSalt, parseJson } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { administer, enrolBy, mustSucceed, type Person } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'
import { expectRefusal } from './watch.ts'

const FILES = 'https://files.example'

const WRITE = {
  name: 'file.write',
  effect: 'write',
  phrase: 'Write {path}',
  undo: {
    name: 'file.restore',
    resource: { outcome: 'changes.0.label' },
    arguments: { path: { call: 'path' }, text: { outcome: 'changes.0.before' }, force: { value: true } },
  },
}
const RESTORE = { name: 'file.restore', effect: 'write', phrase: 'Put {path} back to {text}' }
const PRINT = {
  name: 'file.print',
  effect: 'write',
  undo: { name: 'file.gone', arguments: { id: { outcome: 'summary' } } },
}

let cast: Cast
let eve: Person
let executor: Client

const plain = (value: unknown) => parseJson(JSON.stringify(value)) as JsonObject

beforeAll(async () => {
  cast = await startCast()
  const catalogue = [
    WRITE,
    RESTORE,
    { ...PRINT, undo: { ...PRINT.undo, name: 'file.unprint' } },
    { name: 'file.unprint', effect: 'write' },
  ]
  const { credential = '' } = await administer(cast.authority, cast.ada, {
    name: 'countersign.executor.add',
    resource: `executor:${FILES}`,
    arguments: plain({ audience: FILES, title: 'Files', catalogue }),
  })
  executor = cast.authority.client(credential)
  eve = await enrolBy(cast.authority, cast.ada, 'Eve', ['auditor'])
})
afterAll(() => cast.authority.stop())

/** A call that was approved, run and reported. */
async function done(name: string, report: JsonObject): Promise<string> {
  const action = { name, resource: 'file:a', arguments: { path: 'a' }, salt: newSalt() }
  const { id } = mustSucceed(await cast.agent.propose({ body: { audience: FILES, action } }))
  mustSucceed(await cast.ben.consent(id))
  const { token, jti } = mustSucceed(await cast.agent.call('collectToken', { params: { id } }))
  mustSucceed(await executor.call('redeem', { body: { token } }))
  mustSucceed(await executor.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded', ...report } }))
  return id
}

const RESULT = { result: { changes: [{ label: 'file:a', before: 'old', after: 'new' }] } }

const undo = (person: Person, id: string) => person.page.call('proposeUndo', { params: { id } })

describe('a proposal to undo', () => {
  it('is a request of the same agent for the inverse action, made of the call and its outcome', async () => {
    const id = await done('file.write', RESULT)
    const proposed = mustSucceed(await undo(cast.ben, id))
    expect(proposed).toMatchObject({
      agent: 'helpdesk-agent',
      actor: 'helpdesk-agent',
      state: 'pending',
      undoes: id,
      name: 'file.restore',
    })
    // The agent did not compose the call: it learns it here, collects the token, and runs it.
    const seen = mustSucceed(await cast.agent.call('viewRequest', { params: { id: proposed.id } }))
    expect(seen.action).toMatchObject({ resource: 'file:a', arguments: { path: 'a', text: 'old', force: true } })
    const { requests } = mustSucceed(await cast.agent.call('listRequests', { query: { undoes: id } }))
    expect(requests).toEqual([expect.objectContaining({ id: proposed.id, undoes: id, summary: 'Put a back to old' })])
    const { entries } = mustSucceed(await cast.authority.operator.call('trace', { params: { trace: proposed.trace } }))
    expect(entries[0]).toMatchObject({ type: 'request.created', door: 'person', undoes: id, approver: cast.ben.id })
  })

  it('is approved by somebody else, and runs like any other call', async () => {
    const id = await done('file.write', RESULT)
    const proposed = mustSucceed(await undo(cast.ben, id))
    expectRefusal(await cast.ben.consent(proposed.id), 'forbidden')
    mustSucceed(await cast.ada.consent(proposed.id))
    const { token } = mustSucceed(await cast.agent.call('collectToken', { params: { id: proposed.id } }))
    mustSucceed(await executor.call('redeem', { body: { token } }))
    expectRefusal(await undo(cast.ada, id), 'invalid_request')
  })

  it('waits once, however many people propose it at once', async () => {
    const id = await done('file.write', RESULT)
    const answers = await Promise.all([cast.ada, cast.ben, cast.ada, cast.ben].map((person) => undo(person, id)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('can be made again once it was denied', async () => {
    const id = await done('file.write', RESULT)
    const first = mustSucceed(await undo(cast.ben, id))
    mustSucceed(await cast.ada.page.call('deny', { params: { id: first.id }, body: {} }))
    expect(mustSucceed(await undo(cast.ben, id)).id).not.toBe(first.id)
  })

  it.each<[string, () => Promise<string>, () => Person, string]>([
    ['an outcome without what it needs', () => done('file.print', {}), () => cast.ben, 'invalid_request'],
    ['a catalogue without an undo', () => done('file.restore', {}), () => cast.ben, 'invalid_request'],
    ['an auditor', () => done('file.write', RESULT), () => eve, 'forbidden'],
    ['a request that is not there', async () => 'A'.repeat(22), () => cast.ben, 'not_found'],
  ])('is refused for %s', async (_, made, person, code) => {
    expect(await undo(person(), await made())).toMatchObject({ problem: { code } })
  })

  it('is no way around a kill switch', async () => {
    const id = await done('file.write', RESULT)
    const order = { selector: { action: 'file.restore' }, reason: 'Restores are broken' }
    mustSucceed(await cast.authority.operator.call('engageKillSwitch', { body: order }))
    expectRefusal(await undo(cast.ben, id), 'killed')
  })
})

it.each<[string, object, string]>([
  ['an action that is not there', { name: 'file.none', arguments: {} }, '/catalogue/0/undo/name: the catalogue has no'],
  ['a source of nothing', { name: 'file.write', arguments: { a: { path: 'a' } } }, '/catalogue/0/undo/arguments/a: {'],
  [
    'two sources in one',
    { name: 'file.write', arguments: { a: { call: 'a', value: 1 } } },
    '/catalogue/0/undo/arguments/a',
  ],
  [
    'an unknown member',
    { name: 'file.write', arguments: {}, extra: 1 },
    '/catalogue/0/undo/extra: there is no such member',
  ],
])('a catalogue whose undo has %s is not taken', async (_, wrong, words) => {
  const action = {
    name: 'countersign.executor.update',
    resource: `executor:${FILES}`,
    arguments: plain({ audience: FILES, version: 1, catalogue: [{ ...WRITE, undo: wrong }] }),
    salt: newSalt(),
  }
  const body = { audience: cast.authority.config.origin, action }
  const refused = await cast.authority.operator.call('openRequest', { body })
  expect(refused).toMatchObject({ problem: { code: 'invalid_request', detail: expect.stringContaining(words) } })
})
