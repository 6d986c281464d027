/** That the story is told as it is, and that it notices when the world is not as it should be. */
import { createVerifier, withoutRedemption } from '@countersign/verifier'
import { ED25519, formatNoteKey } from '@countersign/verifier/proof'
import { serve } from '@hono/node-server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOutput } from '../../src/node/cli/output.ts'
import { createAgent } from '../../src/node/demo/agent.ts'
import { createAuditor } from '../../src/node/demo/auditor.ts'
import { createBoards } from '../../src/node/demo/board.ts'
import { AUDIENCE, assemble, type Cast, enrolFirstAdmin } from '../../src/node/demo/cast.ts'
import { forumOver } from '../../src/node/demo/forum.ts'
import { createNarrator } from '../../src/node/demo/narrator.ts'
import { tellStory } from '../../src/node/demo/story.ts'
import { makeSigner } from '../audit/world.ts'
import { softwareApprover } from './software-approver.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

type Fetch = (request: Request) => Response | Promise<Response>

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

/** `forum` replaces the real one. */
interface Bent {
  readonly denies?: boolean
  readonly forum?: (cast: Cast) => Fetch
  /** What the auditor holds to be the log's key. */
  readonly vkey?: (cast: Cast) => Promise<string>
}

async function tell({ denies = false, forum, vkey }: Bent = {}) {
  const cast = await assemble({ port: 0, forumPort: 0 })
  stops.push(cast.stop)
  const url = forum ? await listen(forum(cast)) : cast.forum.url
  const approver = await softwareApprover(cast.authority.origin, { denies })
  const { signal } = new AbortController()
  await enrolFirstAdmin(cast, approver, signal)
  const lines: string[] = []
  const stdout = { write: (text: string) => lines.push(text) }
  const output = createOutput({ json: true, stdout, stderr: { write: () => {} }, environment: {} })
  const narrator = createNarrator(output)
  const agent = createAgent({
    authority: cast.authority.origin,
    credential: cast.agentCredential,
    forum: url,
    audience: AUDIENCE,
  })
  const auditor = createAuditor({ ...cast, ...(vkey && { logVkey: await vkey(cast) }) })
  const told = await tellStory({ agent, approver, auditor, narrator, paint: output.paint, signal })
  const steps = lines.map((line): { id: string; got: string; ok: boolean } => JSON.parse(line))
  return { told, steps, asTold: narrator.asTold(), wrong: steps.filter(({ ok }) => !ok).map(({ id }) => id) }
}

function listen(fetch: Fetch): Promise<string> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port: 0, hostname: 'localhost' }, ({ port }) => resolve(`http://localhost:${port}`))
    stops.push(() => server.close())
  })
}

describe('the story', () => {
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
    const unguarded: Fetch = async (request) =>
      request.method === 'POST' ? Response.json({}, { status: 201 }) : Response.json({ posts: [], authors: [] })
    const { told, wrong } = await tell({ forum: () => unguarded })
    expect(told).toBeUndefined()
    expect(wrong).toEqual(['post-without-token'])
  })

  it('notices a forum that lets a token act twice', async () => {
    const boards = createBoards()
    const { wrong } = await tell({
      forum: (cast) => (request) => forumOver(forgetfulVerifier(cast), boards)(request),
    })
    expect(wrong).toEqual(['replay', 'one-post', 'trace'])
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

/** Made anew for each call, it remembers nothing, and it does not ask the authority either. */
const forgetfulVerifier = ({ authority, challengeKey }: Cast) =>
  createVerifier({
    issuer: authority.origin,
    audience: AUDIENCE,
    challengeKey,
    skewSeconds: 1,
    redemption: withoutRedemption,
  })
