/** The forum's story as it should go, and its notice of a world that differs. */
import { createVerifier, type Verifier, withoutRedemption } from '@countersign/verifier'
import { ED25519, formatNoteKey } from '@countersign/verifier/proof'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createBoards } from '../../src/demo/board.ts'
import { AUDIENCE, type Cast } from '../../src/demo/cast.ts'
import { forumOver } from '../../src/demo/forum.ts'
import type { Handler } from '../../src/demo/listen.ts'
import { makeSigner } from '../setup/note-signer.ts'
import { type Bent, endTold, tell as tellOne } from './tell.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })
afterEach(endTold)

const tell = (bent?: Bent) => tellOne('forum', bent)

describe('the story of the forum', () => {
  it('goes as told with a real authority, a real forum and a person who consents', async () => {
    const { told, steps, asTold } = await tell()
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(asTold).toBe(true)
    expect(steps.map(({ id, got }) => [id, got])).toEqual([
      ['read', 'ok'],
      ['post-without-token', 'token_missing, with a challenge'],
      ['approve', 'approved'],
      ['publish', 'ok, 1 reply'],
      ['replay', 'token_redeemed'],
      ['altered', 'action_mismatch'],
      ['elsewhere', 'action_mismatch'],
      ['forged', 'token_signature'],
      ['draft-without-token', 'token_missing, with a challenge'],
      ['approve-draft', 'approved'],
      ['changed', 'state_changed'],
      ['expired', 'token_expired'],
      ['one-post', expect.stringMatching(/^1 reply: /)],
      ['trace', expect.stringContaining('consent.given')],
      ['proof', 'token.issued, proven'],
      ['audit', 'rebuilt, nothing found'],
    ])
    expect(told?.trace).toMatch(/^[0-9a-f]{32}$/)
  })

  it('ends with the denial where the person denies', async () => {
    const { told, asTold, steps } = await tell({ denies: true })
    expect(told).toBeUndefined()
    expect(asTold).toBe(false)
    expect(steps.at(-1)).toMatchObject({ id: 'approve', got: 'request_denied', ok: false })
  })

  it('notices a forum that publishes without a token', async () => {
    const unguarded: Handler = async (request) =>
      request.method === 'POST' ? Response.json({}, { status: 201 }) : Response.json({ posts: [], authors: [] })
    const { told, wrong } = await tell({ executor: () => unguarded })
    expect(told).toBeUndefined()
    expect(wrong).toEqual(['post-without-token'])
  })

  it('notices a forum that lets a token act twice', async () => {
    const boards = createBoards()
    const { wrong } = await tell({
      executor: (cast) => (request) => forumOver(forgetfulVerifier(cast), boards)(request),
    })
    expect(wrong).toEqual(['replay', 'one-post', 'trace'])
  })

  it('notices a forum that does not look at what it publishes', async () => {
    const boards = createBoards()
    const { wrong } = await tell({ executor: (cast) => forumOver(blindVerifier(cast), boards) })
    expect(wrong).toEqual(['changed', 'one-post'])
  })

  it('notices a log that another key signs', async () => {
    const vkey = async ({ authority }: Cast) => {
      const { name, publicKey } = await makeSigner(`${new URL(authority.origin).host}/log`)
      return formatNoteKey(name, ED25519, publicKey)
    }
    const { wrong, steps } = await tell({ vkey })
    expect(wrong).toEqual(['proof', 'audit'])
    expect(steps.slice(-2).map(({ got }) => got)).toEqual([
      expect.stringMatching(/^proves nothing: /),
      'not rebuilt, checkpoint_signature',
    ])
  })
})

/** Says that nothing has changed, whatever there is now. */
function blindVerifier({ authority, challengeKey, executorCredential }: Cast): Verifier {
  const trust = { issuer: authority.origin, audience: AUDIENCE, credential: executorCredential, challengeKey }
  const verifier = createVerifier({ ...trust, skewSeconds: 1 })
  const guard: Verifier['guard'] = (name, definition) =>
    verifier.guard(name, definition.state ? { ...definition, state: () => 'the same' } : definition)
  return { ...verifier, guard }
}

/** Made anew for each call, it remembers nothing, and it does not ask the authority either. */
const forgetfulVerifier = ({ authority, challengeKey }: Cast) =>
  createVerifier({
    issuer: authority.origin,
    audience: AUDIENCE,
    challengeKey,
    skewSeconds: 1,
    redemption: withoutRedemption,
  })
