/**
 * One of the worst requests on its whole way: proposed, read on every page that tells of it, offered, consented to alone
 * and with others, collected, and read again. How long each step holds the event loop.
 */
import { newSalt } from '@countersign/verifier'
import type { Client } from '../../src/client/client.ts'
import { median, pause } from './harness.ts'
import { type Approver, FORUM, mustSucceed } from './parties.ts'
import type { Product } from './product.ts'
import { type Callers, readingSteps, type Subject } from './worst-endpoints.ts'
import type { WorstCase } from './worst-requests.ts'

export const LIMIT_MS = 50
export const NO_TOKEN = 'A'.repeat(22)
const TOGETHER = 16
/** Until the log has taken in what was written. */
const INDEX_MS = 500

export interface Ground {
  readonly product: Product
  readonly agent: Client
  readonly approver: Approver
  readonly callers: Callers
  readonly killSwitch: string
  /** The longest turn since the last call. */
  readonly longestMs: () => Promise<number>
}

export interface Measurement {
  readonly of: string
  readonly step: string
  readonly ms: number
}

/** The middle of three, where one is too long: a busy machine prolongs a turn now and then. */
export async function longestTurn({ longestMs }: Ground, run: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  do {
    await longestMs()
    await run()
    taken.push(await longestMs())
  } while (taken.length < 3 && Math.max(...taken) > LIMIT_MS / 2)
  return median(taken)
}

/** Which steps are read, and the names of those that told of a request, which it adds to. */
export interface Reading {
  readonly isWanted: (step: string) => boolean
  readonly telling: Set<string>
}

export async function measureCase(ground: Ground, one: WorstCase, reading: Reading): Promise<Measurement[]> {
  const steps: Measurement[] = []
  const add = (step: string, ms: number) => steps.push({ of: one.name, step, ms })
  const { longestMs, killSwitch } = ground
  const opened = await proposeAll(ground, one, add)
  const ids = opened.map(({ id }) => id)
  const [{ id, trace } = { id: '', trace: '' }] = opened
  await longestMs()
  await pause(INDEX_MS)
  add('index', await longestMs())
  // A page shows 800,000 characters: as many as six of the largest requests fill.
  const shown = ids.slice(0, Math.floor(790_000 / (JSON.stringify(one).length + 300)))
  const together = `/approve?${new URLSearchParams(shown.map((each) => ['request', each]))}`
  add('batch page', await longestTurn(ground, () => readPage(ground, together)))
  await readAll(ground, { request: id, trace, jti: NO_TOKEN, killSwitch }, reading, add)
  const jti = await answerOne(ground, id, add)
  await answerRest(ground, ids.slice(1), add)
  await readAll(ground, { request: id, trace, jti, killSwitch }, reading, (step, ms) => add(`${step}, answered`, ms))
  const path = `/ledger/export?format=csv&trace=${trace}`
  add('export as CSV', await longestTurn(ground, () => readPage(ground, path)))
  return steps
}

type Add = (step: string, ms: number) => void

/** The first of a shape is slower than those after it. */
async function proposeAll({ agent, longestMs }: Ground, one: WorstCase, add: Add) {
  const proposing: number[] = []
  const opened: { readonly id: string; readonly trace: string }[] = []
  for (let at = 0; at < TOGETHER; at++) {
    await longestMs()
    opened.push(await propose(agent, one))
    proposing.push(await longestMs())
  }
  add('propose for the first time', proposing[0] ?? Number.NaN)
  add('propose', median(proposing))
  return opened
}

async function readAll(ground: Ground, subject: Subject, { isWanted, telling }: Reading, add: Add): Promise<void> {
  for (const { name, run } of readingSteps(ground.callers, subject)) {
    if (!isWanted(name)) continue
    const read = async () => {
      const text = await run()
      if (text.includes(subject.request) || text.includes(subject.trace)) telling.add(name)
    }
    add(name, await longestTurn(ground, read))
  }
}

/** Returns the id of its token. */
async function answerOne({ agent, approver, longestMs }: Ground, id: string, add: Add): Promise<string> {
  const taking = async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    await longestMs()
    const done = await work()
    add(step, await longestMs())
    return done
  }
  const { page, authenticator } = approver
  const { options, target } = await taking('offer', async () =>
    mustSucceed(await page.call('offerConsent', { params: { id } })),
  )
  const assertion = await authenticator.assert({ challenge: String(options['challenge']) })
  const body = { assertion: assertion as never, ...(target === null ? {} : { target }) }
  await taking('consent', async () => mustSucceed(await page.call('consent', { params: { id }, body })))
  return (await taking('collect', async () => mustSucceed(await agent.call('collectToken', { params: { id } })))).jti
}

/** What conceals something or destroys something is refused here, which is work too. */
async function answerRest(ground: Ground, requests: readonly string[], add: Add): Promise<void> {
  const { page, authenticator } = ground.approver
  const offer = () => page.call('offerBatch', { body: { requests: [...requests] } })
  add('batch offer', await longestTurn(ground, offer))
  const batch = await offer()
  const challenge = batch.ok ? String(batch.value.options['challenge']) : 'AAAA'
  const assertion = await authenticator.assert({ challenge })
  await ground.longestMs()
  const answer = await page.call('consentBatch', { body: { requests: [...requests], assertion: assertion as never } })
  add('batch consent', await ground.longestMs())
  if (batch.ok) mustSucceed(answer)
}

async function readPage({ product, approver }: Ground, path: string): Promise<string> {
  const answer = await approver.fetch(`${product.origin}${path}`, { headers: { accept: 'text/html' } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 300)}`)
  return answer.text()
}

export async function propose(agent: Ground['agent'], one: WorstCase) {
  const action = { name: 'forum.post', resource: 'forum:eng', arguments: one.arguments, salt: newSalt() }
  const body = { audience: FORUM, action, preview: one.preview, reason: 'а'.repeat(2000) }
  return mustSucceed(await agent.propose({ body: body as never }))
}
