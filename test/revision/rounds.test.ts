/** The rounds of a changed request, as each reader gets them and as the command shows them. */
import type { JsonObject } from '@countersign/verifier'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { MASK } from '../../src/domain/action/sensitive.ts'
import { maskedChanges } from '../../src/domain/approval/masked-changes.ts'
import { runCommand } from '../cli/run-command.ts'
import { expectRefusal } from '../http/watch.ts'
import { administer, enrolBy, FORUM, mustSucceed, OPERATOR, postAction } from '../setup/authority.ts'
import { ask, change, type Ground, paying, startGround } from './ground.ts'

let ground: Ground
let ids: readonly string[]
let auditor: Client
const two = (amount: number, more: JsonObject = {}) => paying(amount, { team: 'two', ...more })

beforeAll(async () => {
  ground = await startGround()
  const { cast, cleo } = ground
  await cast.authority.listen()
  auditor = (await enrolBy(cast.authority, cast.ada, 'Kim', ['auditor'])).page
  const asked = await ask(ground, two(900))
  const first = await change(cast.ben, asked.id, two(90))
  const second = await change(cleo, first.id, two(80, { note: 'In part\u202e' }))
  mustSucceed(await cast.ben.consent(second.id))
  ids = [asked.id, first.id, second.id]
}, 120_000)
afterAll(() => ground.cast.authority.stop())

const content = async (reader: Client, id = ids[0] ?? '') =>
  mustSucceed(await reader.call('requestContent', { params: { id } }))

describe('the rounds of a changed call', () => {
  it('are the same from the first id, the last, and the one between', async () => {
    const { cast, cleo } = ground
    const { rounds } = await content(auditor)
    expect(rounds).toMatchObject([
      { request: ids[0], round: 0, state: 'changed', changed_by: null, changes: [], signed_by: [] },
      {
        request: ids[1],
        round: 1,
        state: 'changed',
        changed_by: { approver: cast.ben.id, name: 'Ben Approver' },
        changes: [{ argument: 'amount', before: 900, after: 90 }],
        signed_by: [{ approver: cast.ben.id }],
      },
      {
        request: ids[2],
        round: 2,
        state: 'approved',
        changed_by: { approver: cleo.id, name: 'Cleo' },
        changes: [
          { argument: 'amount', before: 90, after: 80 },
          { argument: 'note', before: 'For March', after: 'In part\u202e' },
        ],
        signed_by: [{ approver: cleo.id, at: expect.any(Number) }, { approver: cast.ben.id }],
      },
    ])
    for (const id of ids.slice(1)) expect((await content(auditor, id)).rounds).toEqual(rounds)
    for (const { request, digest } of rounds) expect((await content(auditor, request)).request.action).toBe(digest)
  })

  it('are read by their agent, by ids of people, and not by another', async () => {
    const { cast, cleo } = ground
    const seen = await content(cast.agent)
    expect(seen.rounds.map(({ changed_by }) => changed_by)).toEqual([
      null,
      { approver: cast.ben.id, name: null },
      { approver: cleo.id, name: null },
    ])
    expect(seen).toMatchObject({
      terms: { approvers: [{ groups: ['approver'], count: 2 }] },
      policy: { decided: ['two'] },
    })
    for (const id of ids) expectRefusal(await cast.otherAgent.call('requestContent', { params: { id } }), 'not_found')
  })

  it('are read by operators with every argument masked, and texts left out', async () => {
    const { operator } = ground.cast.authority
    const seen = await content(operator, ids[2])
    expect(seen).toMatchObject({ preview: null, reason: null, arguments: { amount: MASK, to: MASK, note: MASK } })
    expect([...seen.masked].sort()).toEqual(['amount', 'note', 'team', 'to'])
    expect(seen.rounds[2]?.changes).toEqual([
      { argument: 'amount', before: MASK, after: MASK },
      { argument: 'note', before: MASK, after: MASK },
    ])
    for (const secret of ['DE02', 'For March', 'In part']) expect(JSON.stringify(seen)).not.toContain(secret)
  })

  it('hold no preview and no reason for an operator', async () => {
    const { cast } = ground
    const action = postAction('', { arguments: { team: 'one', amount: 1 } })
    const preview = { changes: [{ label: 'Thread', before: null, after: 'tulip' }] }
    const body = { audience: FORUM, action, preview, reason: 'tulip' }
    const { id } = mustSucceed(await cast.agent.propose({ body }))
    expect(JSON.stringify(await content(cast.agent, id)).match(/tulip/g)).toHaveLength(2)
    const seen = await content(cast.authority.operator, id)
    expect(seen).toMatchObject({ preview: { by: 'agent', content: null }, reason: null })
    expect(JSON.stringify(seen)).not.toContain('tulip')
  })

  it('are those that their reader may read: other people asked, other requests', async () => {
    const { cast, dan } = ground
    const { id } = await ask(ground, paying(900, { team: 'rich' }))
    const changed = await change(dan, id, paying(90, { team: 'rich' }))
    expect((await content(cast.ben.page, changed.id)).rounds.map(({ request }) => request)).toEqual([changed.id])
    expect((await content(dan.page, changed.id)).rounds).toHaveLength(2)
  })

  it('are one where nobody changed the call', async () => {
    const { id } = await ask(ground, paying(5))
    expect((await content(auditor, id)).rounds).toMatchObject([{ request: id, round: 0, changes: [], signed_by: [] }])
  })
})

describe('the command', () => {
  const show = (credential: string, ...args: string[]) =>
    runCommand(['requests', 'show', ...args], {
      COUNTERSIGN_URL: ground.cast.authority.config.origin,
      COUNTERSIGN_CREDENTIAL: credential,
      NO_COLOR: '1',
    })

  it('shows an agent its request and what became of it, with no character that a terminal obeys', async () => {
    const { code, stdout } = await show(ground.cast.agentSecret, ids[2] ?? '')
    expect(code).toBe(0)
    expect(stdout).toMatch(/state +approved\n/)
    expect(stdout).toMatch(/action +bank\.pay on account:ci\n/)
    expect(stdout).toMatch(/terms +2 of approver; 1 use within \d+ s\n/)
    expect(stdout).toMatch(/amount +80\n/)
    expect(stdout).toContain('amount: 90 → 80; note: For March → In part\\u{202e}')
    for (const id of ids) expect(stdout).toContain(id)
  })

  it('gives an operator the same as JSON, and masks the arguments', async () => {
    const { code, stdout } = await show(OPERATOR, ids[0] ?? '', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(await content(ground.cast.authority.operator))
  })

  it('says that there is no such request', async () => {
    const { code, stderr } = await show(OPERATOR, 'A'.repeat(22))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('There is nothing here under that id'),
    })
  })
})

describe('sensitive arguments', () => {
  const SAFE = 'https://safe.example'
  const PAY = {
    name: 'safe.pay',
    effect: 'write' as const,
    reversible: true,
    arguments: [
      { name: 'pin', changeable: true, sensitive: true },
      { name: 'amount', changeable: true },
    ],
  }

  it('say that they were changed, and neither before nor after, also once uncovered', async () => {
    const { cast } = ground
    const { authority, ada, ben } = cast
    await administer(authority, ada, {
      name: 'countersign.executor.add',
      resource: `executor:${SAFE}`,
      arguments: JSON.parse(JSON.stringify({ audience: SAFE, title: 'The safe', catalogue: [PAY] })),
    })
    const args = { team: 'one', amount: 5, pin: 'tulip-before' }
    const action = { name: 'safe.pay', resource: 'safe:1', arguments: args, salt: 'AAECAwQFBgcICQoLDA0ODw' }
    const { id } = mustSucceed(await cast.agent.propose({ body: { audience: SAFE, action } }))
    const changed = await change(ben, id, { ...args, pin: 'tulip-after' })
    const masked = [{ argument: 'pin', before: MASK, after: MASK }]
    for (const reader of [auditor, cast.agent, authority.operator, ben.page]) {
      const seen = await content(reader, changed.id)
      expect(seen.rounds[1]?.changes).toEqual(masked)
      expect(JSON.stringify(seen)).not.toContain('tulip')
    }
    const uncovered = mustSucceed(await auditor.call('uncoverRequest', { params: { id: changed.id } }))
    expect(uncovered.arguments).toMatchObject({ pin: 'tulip-after' })
    expect(uncovered.rounds[1]?.changes).toEqual(masked)
  })

  const changes = (before: JsonObject, after: JsonObject, ...names: string[]) =>
    maskedChanges(
      { name: 'a', resource: 'r', salt: '', arguments: before },
      { name: 'a', resource: 'r', salt: '', arguments: after },
      names.map((name) => ({ arguments: [{ name, sensitive: true }] })),
    )

  it.each<[string, JsonObject, JsonObject, string[]]>([
    ['a member', { to: { pin: 'tulip' } }, { to: { pin: 'tulip2' } }, ['to.pin']],
    ['a member of what is sensitive', { to: { tulip: 1 } }, { to: { tulip: 2 } }, ['to']],
    ['one whose name has a dot', { 'to.pin': 'tulip' }, { 'to.pin': 'tulip2' }, ['to.pin']],
    ['one that is new', {}, { pin: 'tulip' }, ['pin']],
    ['one that is gone', { pin: 'tulip' }, {}, ['pin']],
    ['an item of a longer list', { lines: ['tulip'] }, { lines: ['tulip2', 'b'] }, ['lines.0']],
    ['what only the earlier catalogue calls so', { pin: 'tulip' }, { pin: 'tulip2' }, ['pin', 'other']],
  ])('hide %s', (_, before, after, names) => {
    const found = changes(before, after, ...names)
    expect(found).toHaveLength(1)
    expect(JSON.stringify(found)).not.toContain('tulip')
  })

  it('that did not change are not named', () => {
    expect(changes({ pin: 'x', a: 1 }, { pin: 'x', a: 2 }, 'pin')).toEqual([{ path: ['a'], before: 1, after: 2 }])
  })
})
