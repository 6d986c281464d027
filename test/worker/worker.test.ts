/** The whole way in workerd, the runtime of Cloudflare Workers, through Hyperdrive to PostgreSQL, over real HTTP. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createVerifier, withoutRedemption } from '@countersign/verifier'
import { live } from '@countersign/verifier/live'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateVapidKey } from '../../src/authority/notify/notify-keys.ts'
import { type Client, createClient } from '../../src/client/client.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { cookieFor } from '../http/refusals.ts'
import { createSubscription, startReceiver } from '../notify/receivers.ts'
import {
  addAgent,
  addExecutor,
  enrol,
  FORUM,
  mustSucceed,
  OPERATOR,
  type Person,
  postAction,
} from '../setup/authority.ts'
import { jwsIn } from '../setup/jws-in.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { bundleWorker, type RunningWorker, startWorker } from './wrangler.ts'

/** A Worker on the free plan may be this large, compressed. */
const MAX_COMPRESSED_BYTES = 3 * 1024 * 1024

let folder: string
/** Its main module. */
let bundle: string
let database: TestDatabase
let worker: RunningWorker
let withoutKeys: RunningWorker

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-worker-'))
  bundle = await bundleWorker(folder)
  database = await freshDatabase()
  const keys = [await generateSigningKey('ES256')]
  const secrets = {
    COUNTERSIGN_SIGNING_KEYS: JSON.stringify({ keys }),
    COUNTERSIGN_LOG_KEY: JSON.stringify(await generateLogKey()),
    COUNTERSIGN_OPERATOR_CREDENTIAL: OPERATOR,
    COUNTERSIGN_VAPID_KEYS: JSON.stringify(await generateVapidKey()),
    COUNTERSIGN_WEBHOOK_KEY: JSON.stringify(await generateLogKey()),
    COUNTERSIGN_PRIVATE_WEBHOOKS: 'true',
    COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:9',
    COUNTERSIGN_MAIL_FROM: 'countersign@authority.example',
  }
  worker = await startWorker(bundle, database.url, secrets)
  withoutKeys = await startWorker(bundle, database.url, {})
}, 240_000)

afterAll(async () => {
  await Promise.all([worker?.stop(), withoutKeys?.stop()])
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

describe('the bundle', () => {
  it('holds nothing that needs Node', async () => {
    const { sources } = JSON.parse(await readFile(`${bundle}.map`, 'utf8'))
    const foreign = /node_modules\/(@electric-sql|pino|@hono\/node-server|commander)|src\/node\/|store\/driver\/pglite/
    expect(sources.filter((source: string) => foreign.test(source))).toEqual([])
    expect(sources.some((source: string) => source.endsWith('src/worker/main.ts'))).toBe(true)
  })

  it('holds every migration', async () => {
    const bundled = (await readdir(dirname(bundle))).filter((name) => name.endsWith('.sql'))
    const written = (await readdir('drizzle')).filter((name) => name.endsWith('.sql'))
    expect(bundled.map((name) => name.replace(/^[0-9a-f]+-/, '')).sort()).toEqual(written.sort())
  })

  it('fits the smallest plan', async () => {
    expect(gzipSync(await readFile(bundle)).length).toBeLessThan(MAX_COMPRESSED_BYTES)
  })
})

describe('a Worker without signing keys', () => {
  it('serves nothing, and names what is missing', async () => {
    const answer = await fetch(`${withoutKeys.origin}/sign-in`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = await answer.json()
    expect(problem).toMatchObject({ code: 'authority_unreachable', status: 503 })
    expect(problem.detail).toBe(
      'The authority is not set up. COUNTERSIGN_SIGNING_KEYS: missing; set this secret to a JWKS of private keys',
    )
  })
})

describe('the authority on Workers', () => {
  let authority: { config: { origin: string; rpId: string }; fetch: typeof fetch; operator: Client }
  let credential: string
  let agent: Client
  let forum: Awaited<ReturnType<typeof addExecutor>>
  let ada: Person

  const clientOf = (credential: string) => createClient({ origin: worker.origin, credential })
  const firstAdminLink = (credential: string) =>
    fetch(`${worker.origin}/admin/first-admin-link`, {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}` },
    })

  beforeAll(async () => {
    authority = { config: { origin: worker.origin, rpId: 'localhost' }, fetch, operator: clientOf(OPERATOR) }
    credential = await addAgent(authority, 'helpdesk-agent')
    agent = clientOf(credential)
    forum = await addExecutor(authority)
    expect((await firstAdminLink(credential)).status).toBe(403)
    const { link } = await (await firstAdminLink(OPERATOR)).json()
    ada = await enrol(authority, link, 'Ada Admin')
  })

  const propose = async (action = postAction()) =>
    mustSucceed(await agent.propose({ body: { audience: FORUM, action } }))

  it('gives no link to a first admin once there is one', async () => {
    const answer = await firstAdminLink(OPERATOR)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'forbidden' })
  })

  it('lets an approved call through exactly once, and no other', async () => {
    const action = postAction()
    const opened = await propose(action)
    expect(opened).toMatchObject({ state: 'pending', decision: 'approval', quorum: 1 })
    const waiting = agent.waitForToken(opened)
    expect(mustSucceed(await ada.consent(opened.id))).toMatchObject({ state: 'approved', consents: 1 })
    const { token } = mustSucceed(await waiting)

    const { salt: _, ...call } = action
    const verifier = () => createVerifier({ issuer: worker.origin, audience: FORUM, credential: forum.credential })
    const other = { ...call, arguments: { ...call.arguments, text: 'Other' } }
    await expect(verifier().verify(token, other)).rejects.toMatchObject({ code: 'action_mismatch' })
    const approval = await verifier().verify(token, call)
    expect(approval).toMatchObject({ origin: 'human', approvers: [ada.id], agent: 'helpdesk-agent' })
    await expect(verifier().verify(token, call)).rejects.toMatchObject({ code: 'token_redeemed' })
  })

  it('reads SQL and shell text', async () => {
    const read = (given: object) => propose(postAction('', { name: 'forum.read', arguments: { ...given } }))
    expect(await read({ sql: 'SELECT 1', command: 'ls' })).toMatchObject({ decision: 'allow' })
    expect(await read({ sql: 'DELETE FROM posts' })).toMatchObject({ decision: 'approval' })
    expect(await read({ sql: 'no statement' })).toMatchObject({ decision: 'approval' })
  })

  it('lets one of many that race redeem', async () => {
    const action = postAction()
    const opened = await propose(action)
    mustSucceed(await ada.consent(opened.id))
    const { token } = mustSucceed(await agent.waitForToken(opened))
    const executor = clientOf(forum.credential)
    const answers = await Promise.all(Array.from({ length: 12 }, () => executor.call('redeem', { body: { token } })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
  })

  it('wakes the agent that waits soon after the consent', async () => {
    const opened = await propose()
    const waiting = agent.waitForToken(opened)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    mustSucceed(await ada.consent(opened.id))
    const consentedAt = performance.now()
    mustSucceed(await waiting)
    expect(performance.now() - consentedAt).toBeLessThan(20_000)
  })

  it('serves on when callers hang up', async () => {
    const { id } = await propose()
    const headers = { authorization: `Bearer ${credential}`, prefer: 'wait=4' }
    const hangUp = () =>
      fetch(`${worker.origin}/requests/${id}`, { headers, signal: AbortSignal.timeout(1_000) }).then(
        ({ status }) => status,
        (error) => error.name,
      )
    const ends = await Promise.all(Array.from({ length: 10 }, hangUp))
    expect(new Set(ends)).toEqual(new Set(['TimeoutError']))
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(`${worker.origin}/readyz`)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  })

  it('rings devices at a tick, and says that it sends no mail', async () => {
    const push = await startReceiver()
    const { keys, decrypt } = createSubscription()
    const body = { endpoint: `${push.url}/ada`, keys, label: 'Phone' }
    mustSucceed(await ada.page.call('addDevice', { body }))
    await propose()
    const ticked = async () => {
      await fetch(`${worker.origin}/cdn-cgi/handler/scheduled`)
      return push.received.length
    }
    await expect.poll(ticked, { interval: 1_000 }).toBeGreaterThan(0)
    const [{ body: sealed, headers }] = push.received as [(typeof push.received)[number]]
    expect(JSON.parse(decrypt(sealed)).title).toMatch(/wait/)
    expect(headers.authorization).toMatch(/^vapid t=eyJ/)
    await push.close()
    expect(worker.log()).toContain('no mail can be sent from Workers')
    expect(await ada.page.call('setMail', { body: { address: 'ada@people.example' } })).toMatchObject({ status: 400 })
  })

  it('expires what is due at a tick', async () => {
    const { id, trace } = await propose()
    await onDatabase((sql) => sql`UPDATE requests SET expires_at = 1 WHERE id = ${id}`)
    expect((await fetch(`${worker.origin}/cdn-cgi/handler/scheduled`)).status).toBe(200)
    const story = mustSucceed(await agent.call('trace', { params: { trace } }))
    expect(story.entries.map((entry) => entry['type'])).toContain('request.expired')
  })

  it.each([
    ['/.well-known/jwks.json', 'application/json', '"kty":"EC"'],
    ['/.well-known/approvers.json', 'application/json', '"rp_id":"localhost"'],
    ['/.well-known/oauth-authorization-server', 'application/json', '"redemption_endpoint"'],
    ['/openapi.json', 'application/json', '"openapi":"3.1'],
    ['/docs/specification', 'text/html', '5. Consent statement and passkey signature'],
    ['/status/0', 'application/statuslist+jwt', 'ey'],
    ['/healthz', 'application/json', '"ok"'],
    ['/readyz', 'application/json', '"ok"'],
  ])('serves %s', async (path, type, part) => {
    const answer = await fetch(`${worker.origin}${path}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain(type)
    expect(await answer.text()).toContain(part)
  })

  it('has no metrics, and says whose to use', async () => {
    const answer = await authority.operator.call('metrics')
    expect(answer).toMatchObject({ status: 403, problem: { detail: expect.stringMatching(/no metrics on Workers/) } })
  })

  it('serves pages under their policy, with their scripts', async () => {
    const answer = await fetch(`${worker.origin}/sign-in`, { headers: { accept: 'text/html' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'/)
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(await answer.text())?.[1]
    const asset = await fetch(`${worker.origin}${script}`)
    expect(asset.headers.get('content-type')).toContain('text/javascript')
  })

  it('follows the ledger as events, for who reads it, until they hang up', async () => {
    const cookie = await cookieFor({ authority }, ada)
    const { trace } = await propose()
    const tail = await fetch(`${worker.origin}/ledger/tail?after=0&trace=${trace}`, { headers: { cookie } })
    expect(tail.headers.get('content-type')).toBe('text/event-stream')
    const reader = tail.body?.pipeThrough(new TextDecoderStream()).getReader()
    // Calls move the log on, unless a transaction elsewhere on the server holds it back: then the next ones do.
    const calls = setInterval(() => void propose().catch(() => {}), 1000)
    let text = ''
    while (!text.includes('"request.decided"')) text += (await reader?.read())?.value ?? expect.fail('it ended')
    clearInterval(calls)
    expect(text).toMatch(/^event: entry\nid: \d+\ndata: \{"index":/m)
    await reader?.cancel()
  })

  it('moves the log on after calls, to a signed checkpoint', async () => {
    const sizes = () =>
      onDatabase(async (sql) => (await sql`SELECT size FROM checkpoints WHERE kind = 'published' AND size > 5`).length)
    await expect.poll(sizes).toBe(1)
  })

  it('has executors feel a kill switch through one object that holds their streams', async () => {
    const action = postAction()
    const opened = await propose(action)
    mustSucceed(await ada.consent(opened.id))
    const { token } = mustSucceed(await agent.waitForToken(opened))
    const { salt: _, ...call } = action
    const following = live()
    const verifier = createVerifier({
      issuer: worker.origin,
      audience: FORUM,
      credential: forum.credential,
      redemption: withoutRedemption,
      live: following,
    })
    await expect.poll(following.ageSeconds).toBeLessThan(3)
    const aborted = new Promise<unknown>((resolve) => {
      const post = verifier.guard('forum.post', {
        resource: () => action.resource,
        run: (_args: object, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      })
      post(action.arguments, { token }).catch(resolve)
    })
    await expect.poll(() => verifier.inFlight.size).toBe(1)
    const selector = { request: opened.id }
    const { id } = mustSucceed(
      await authority.operator.call('engageKillSwitch', { body: { selector, reason: 'A test' } }),
    )
    expect(await aborted).toMatchObject({ code: 'killed' })
    await expect(verifier.verify(token, call)).rejects.toMatchObject({ code: 'killed' })
    const confirmations = async () =>
      mustSucceed(await authority.operator.call('viewKillSwitch', { params: { id } })).confirmations
    await expect.poll(confirmations).toMatchObject([{ executor: FORUM, aborted: 1 }])
    await following.close()
  })

  it('leaves no connection open when the calls are over', async () => {
    await fetch(`${worker.origin}/readyz`)
    const open = () =>
      onDatabase(async (sql) => {
        const mine = sql`datname = current_database() AND pid <> pg_backend_pid()`
        return (await sql`SELECT state FROM pg_stat_activity WHERE ${mine}`).length
      })
    await expect.poll(open).toBe(0)
  })

  it('logs lines of JSON, without a secret', () => {
    const lines = worker
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{'))
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(expect.arrayContaining(['request.opened', 'http']))
    expect(worker.log()).not.toMatch(/cs_(agent|executor|operator)_|"d":/)
    expect(jwsIn(worker.log())).toEqual([])
  })

  async function onDatabase<T>(work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
    const sql = postgres(database.url, { max: 1 })
    try {
      return await work(sql)
    } finally {
      await sql.end()
    }
  }
})
