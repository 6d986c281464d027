/** Opening a request: what was asked and decided, put together; and the chain of agents behind it. */
import { describe, expect, it } from 'vitest'
import { stateAt, traceOf } from '../../../src/domain/approval/approval-request.ts'
import { actorChain, catalogueEntryOf, openedRequest } from '../../../src/domain/approval/new-request.ts'
import { ACTION, asked, DIGEST, forum, NOW, permitted, REQUEST, TERMS } from './sample.ts'

const approval = permitted('approval')
const allow = permitted('allow')

describe('a request', () => {
  it('waits for humans where the policy wants them', () => {
    expect(openedRequest(asked(), approval, 1)).toMatchObject({
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

  it('is approved from the start where the policy allows it', () => {
    expect(openedRequest(asked(), allow, 1)).toMatchObject({
      state: 'approved',
      origin: 'policy',
      separation: true,
      decidedAt: NOW,
    })
  })

  it('has its agent as actor, unless the policy names another', () => {
    expect(openedRequest(asked(), approval, 1).actor).toBe('helpdesk-agent')
    const terms = { ...TERMS, actor: 'gateway' }
    expect(openedRequest(asked(), { ...approval, terms }, 1)).toMatchObject({
      actor: 'gateway',
      agent: 'helpdesk-agent',
    })
  })

  it('keeps what the catalogue said, and takes what it does not say for the worst', () => {
    expect(openedRequest(asked(), approval, 1).catalogueEntry).toMatchObject({ effect: 'write', reversible: true })
    expect(catalogueEntryOf(forum(), 'forum.launch')).toEqual({
      name: 'forum.launch',
      effect: 'destructive',
      reversible: false,
    })
  })

  it('expires by the clock, also before anybody writes it down', () => {
    const { expiresAt } = openedRequest(asked(), approval, 1)
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
