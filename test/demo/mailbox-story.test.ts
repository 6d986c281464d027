/** The mailbox's story as it should go, and its notice of an executor that cannot be stopped, or lies about it. */
import { createVerifier, type Verifier } from '@countersign/verifier'
import { type Live, live } from '@countersign/verifier/live'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Cast, MAILBOX_AUDIENCE } from '../../src/demo/cast.ts'
import type { Handler } from '../../src/demo/listen.ts'
import { mailboxOver } from '../../src/demo/mailbox.ts'
import { createMails, MAILS, type Mails } from '../../src/demo/mails.ts'
import { type Bent, endTold, tell as tellOne } from './tell.ts'

// Every case starts processes of its own.
vi.setConfig({ testTimeout: 120_000 })

const following: Live[] = []
afterEach(async () => {
  await Promise.all(following.splice(0).map((one) => one.close()))
  await endTold()
})

const tell = (bent?: Bent) => tellOne('mailbox', bent)

describe('the story of the mailbox', () => {
  it('goes as told: stopped half-way, and what is gone is exactly what is reported', async () => {
    const { cast, told, steps, asTold } = await tell()
    expect(steps.filter(({ ok }) => !ok)).toEqual([])
    expect(asTold).toBe(true)
    const { mails, deletions } = await (await fetch(`${cast.mailbox.url}/mailboxes/team`)).json()
    const gone = deletions.length
    expect(gone).toBeGreaterThanOrEqual(60)
    expect(gone).toBeLessThan(MAILS)
    expect(mails).toEqual(createMails(MAILS).held().slice(gone))
    expect(steps.map(({ id, got }) => [id, got])).toEqual([
      ['delete-without-token', 'token_missing, with a challenge'],
      ['approve-deletion', 'approved'],
      ['stop', 'killed'],
      ['exact-outcome', `aborted, gone: 1–${gone}`],
      ['rest', `1 call cut off, 0 mails gone after that, there: ${gone + 1}–${MAILS}`],
      ['same-token-stopped', 'killed'],
      ['new-request-stopped', 'killed'],
      ['release', 'released'],
      ['read-after-release', 'ok'],
      ['deletion-trace', expect.stringContaining('outcome.reported')],
      ['audit-after-stop', 'rebuilt, nothing found'],
    ])
    expect(told?.trace).toMatch(/^[0-9a-f]{32}$/)
  })

  it('notices a mailbox that goes on deleting when it is cut off', async () => {
    const { wrong } = await tell({ executor: (cast) => over(deaf(verifierOf(cast))) })
    expect(wrong).toEqual(['stop', 'exact-outcome', 'rest'])
  })

  it('notices a mailbox that reports fewer mails than it deleted', async () => {
    const { wrong } = await tell({ executor: (cast) => over(verifierOf(cast), twoAtOnce(createMails(MAILS))) })
    expect(wrong).toEqual(['exact-outcome'])
  })

  it('notices a mailbox that has deleted one more when all is quiet', async () => {
    const { wrong } = await tell({ executor: (cast) => over(verifierOf(cast), oneLater(createMails(MAILS))) })
    expect(wrong).toContain('rest')
  })

  it('notices a release that releases nothing', async () => {
    const release = async () => {}
    const { wrong } = await tell({ approver: (approver) => ({ ...approver, release }) })
    expect(wrong).toEqual(['release', 'read-after-release'])
  })
})

const PAUSE_MS = 20
const over = (verifier: Verifier, mails = createMails(MAILS)): Handler => mailboxOver(verifier, mails, PAUSE_MS)

const trustOf = ({ authority, mailbox }: Cast) => ({
  issuer: authority.origin,
  audience: MAILBOX_AUDIENCE,
  credential: mailbox.executorCredential,
  challengeKey: mailbox.challengeKey,
  skewSeconds: 1,
})

function verifierOf(cast: Cast): Verifier {
  const stream = live()
  following.push(stream)
  return createVerifier({ ...trustOf(cast), live: stream })
}

/** Hands its actions a signal that never fires. */
const deaf = (verifier: Verifier): Verifier => ({
  ...verifier,
  guard: (name, definition) =>
    verifier.guard(name, {
      ...definition,
      run: (args, context) => definition.run(args, { ...context, signal: new AbortController().signal }),
    }),
})

/** A mail goes with its neighbour, of which nobody hears. */
const twoAtOnce = (mails: Mails): Mails => ({
  ...mails,
  remove: (id) => {
    mails.remove(id)
    mails.remove(id + 1)
  },
})

/** The last mail goes when all is quiet. */
function oneLater(mails: Mails): Mails {
  let timer: NodeJS.Timeout | undefined
  return {
    ...mails,
    remove: (id) => {
      mails.remove(id)
      clearTimeout(timer)
      timer = setTimeout(() => mails.remove(MAILS), 500)
    },
  }
}
