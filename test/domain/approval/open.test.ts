/** Opening a request: what was asked and decided, put together; and the chain of agents behind it. */
import { describe, expect, it } from 'vitest'
import { stateAt, traceOf } from '../../../src/domain/approval/approval-request.ts'
import { actorChain, catalogueEntryOf, openedRequest } from '../../../src/domain/approval/new-request.ts'
import type { CatalogueEntry } from '../../../src/domain/identity/parties.ts'
import { ACTION, asked, DIGEST, forum, NOW, POLICY, permitted, REQUEST, TERMS } from './sample.ts'

const approval = permitted('approval')
const allow = permitted('allow')
const running = (entry: CatalogueEntry, sql: string) =>
  asked({
    executor: { ...forum(), catalogue: [entry] },
    action: { ...ACTION, name: entry.name, arguments: { sql } },
  })

describe('a request', () => {
  it('waits for humans where the policy wants them', async () => {
    expect(await openedRequest(asked(), approval, POLICY)).toMatchObject({
      state: 'pending',
      origin: 'human',
      separation: null,
      consents: 0,
      decidedAt: null,
      jti: null,
      action: ACTION,
      policy: DIGEST,
    })
  })

  it('is approved from the start where the policy allows it', async () => {
    expect(await openedRequest(asked(), allow, POLICY)).toMatchObject({
      state: 'approved',
      origin: 'policy',
      separation: true,
      decidedAt: NOW,
    })
  })

  it('has its agent as actor, unless the policy names another', async () => {
    expect((await openedRequest(asked(), approval, POLICY)).actor).toBe('helpdesk-agent')
    const terms = { ...TERMS, actor: 'gateway' }
    expect(await openedRequest(asked(), { ...approval, terms }, POLICY)).toMatchObject({
      actor: 'gateway',
      agent: 'helpdesk-agent',
    })
  })

  it('keeps what the catalogue said, and takes what it does not say for the worst', async () => {
    expect((await openedRequest(asked(), approval, POLICY)).catalogueEntry).toMatchObject({
      effect: 'write',
      reversible: true,
    })
    expect(catalogueEntryOf(forum(), 'forum.launch')).toEqual({
      name: 'forum.launch',
      effect: 'destructive',
      reversible: false,
    })
  })

  it.each<[string, Partial<CatalogueEntry>, string, object]>([
    ['drops', {}, 'DROP TABLE users', { effect: 'destructive' }],
    [
      'drops, what the catalogue says can be undone',
      { reversible: true },
      'DROP TABLE users',
      { effect: 'destructive' },
    ],
    ['deletes every row', { effect: 'read' }, 'DELETE FROM users', { effect: 'destructive' }],
    ['cannot be undone', { reversible: false }, 'TRUNCATE users', { effect: 'destructive', reversible: false }],
    ['cannot be read', {}, 'DELETE FROM (', { effect: 'destructive' }],
    ['only writes', { reversible: true }, "INSERT INTO users VALUES ('a')", { effect: 'write', reversible: true }],
    ['only reads', { effect: 'read' }, 'SELECT 1', { effect: 'read' }],
    [
      'is called reversible',
      { effect: 'destructive', reversible: true },
      'DROP TABLE a',
      { effect: 'destructive', reversible: true },
    ],
  ])('is destructive where its signals say so: one that %s', async (_, more, sql, counted) => {
    const entry: CatalogueEntry = {
      name: 'db.run',
      effect: 'write',
      arguments: [{ name: 'sql', language: 'sql' }],
      ...more,
    }
    const { effect, reversible } = (await openedRequest(running(entry, sql), approval, POLICY)).catalogueEntry
    expect({ effect, ...(reversible !== undefined && { reversible }) }).toEqual(counted)
    const own = await openedRequest(running(entry, sql), approval, { ...POLICY, authority: forum().audience })
    expect(own.catalogueEntry).toMatchObject(entry)
  })

  it('expires by the clock, also before anybody writes it down', async () => {
    const { expiresAt } = await openedRequest(asked(), approval, POLICY)
    expect(stateAt({ state: 'pending', expiresAt }, expiresAt - 1)).toBe('pending')
    expect(stateAt({ state: 'pending', expiresAt }, expiresAt)).toBe('expired')
    for (const state of ['approved', 'denied', 'withdrawn', 'expired'] as const) {
      expect(stateAt({ state, expiresAt }, expiresAt + 1)).toBe(state)
    }
  })
})

describe('a trace id', () => {
  it.each([
    [REQUEST, '000102030405060708090a0b0c0d0e0f'],
    ['_____________________w', 'ffffffffffffffffffffffffffffffff'],
    ['-vv8_f7_AAECAwQFBgcICQ', 'fafbfcfdfeff00010203040506070809'],
    ['AAAAAAAAAAAAAAAAAAAAAA', '0'.repeat(32)],
  ])('of %s is its bytes in hex', (id, trace) => {
    expect(traceOf(id)).toBe(trace)
  })
})

describe('a chain of actors', () => {
  const nested = (length: number): object => (length === 1 ? { sub: 'a' } : { sub: 'a', act: nested(length - 1) })

  it('begins with who asked', () => {
    expect(actorChain('helpdesk-agent', undefined)).toEqual({ sub: 'helpdesk-agent' })
    const behind = { sub: 'planner', act: { sub: 'scheduler' } }
    expect(actorChain('helpdesk-agent', behind)).toEqual({ sub: 'helpdesk-agent', act: behind })
  })

  it('is at most eight long', () => {
    expect(actorChain('a', nested(7))).toBeDefined()
    expect(actorChain('a', nested(8))).toBeUndefined()
  })

  it.each([
    null,
    'planner',
    7,
    [],
    {},
    { sub: '' },
    { sub: 7 },
    { sub: 'x'.repeat(129) },
    { sub: 'a', act: null },
    { sub: 'a', iss: 'b' },
    { sub: 'a', act: { sub: 'b', aud: 'c' } },
  ])('is none: %j', (behind) => {
    expect(actorChain('helpdesk-agent', behind)).toBeUndefined()
  })
})
