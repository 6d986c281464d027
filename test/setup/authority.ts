/**
 * A whole authority for tests: real store, real HTTP application, a clock one can move, people with software passkeys.
 *
 * `startAuthority` answers in process; `listen` also opens a port, for browsers and other processes.
 */
import { getRandomValues } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type ActionSpec, newSalt, parseJson } from '@countersign/verifier'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Services } from '../../src/authority/compose.ts'
import { compose } from '../../src/authority/compose.ts'
import { type Config, parseConfig } from '../../src/authority/config.ts'
import { generateVapidKey, type NotifyJwks } from '../../src/authority/notify/notify-keys.ts'
import type { RootPins } from '../../src/authority/proof/root-keys.ts'
import { createWakeUps } from '../../src/authority/wake-ups.ts'
import { type Client, createClient } from '../../src/client/client.ts'
import type { CatalogueEntry, SignedIn } from '../../src/domain/identity/parties.ts'
import { generateLogKey, importLogKey, type LogKey } from '../../src/domain/ledger/log-key.ts'
import { createDraftDesk } from '../../src/domain/policy/drafts/draft-desk.ts'
import type { Drafts } from '../../src/domain/policy/drafts/draft-job.ts'
import { logOrigin } from '../../src/domain/token/build-claims.ts'
import { generateSigningKey, givenKeys } from '../../src/domain/token/signing-keys.ts'
import { createHttp } from '../../src/http/app.ts'
import { currentApprover } from '../../src/http/call/session.ts'
import { createCedarHost } from '../../src/node/cedar-host.ts'
import { createMail } from '../../src/node/mail.ts'
import { createMetrics } from '../../src/node/metrics/metrics.ts'
import { loadMigrations } from '../../src/node/open-database.ts'
import { createPost } from '../../src/node/pinned-post.ts'
import type { Store } from '../../src/store/contract/store.ts'
import { createReadStore } from '../../src/store/create-read-store.ts'
import { createStore } from '../../src/store/create-store.ts'
import type { Database } from '../../src/store/driver/database.ts'
import { migrate } from '../../src/store/driver/migrate.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'
import { createPages } from '../../src/web/pages.tsx'
import { type Authenticator, createAuthenticator, newPasskey } from './authenticator.ts'
import { embeddedDatabase } from './embedded.ts'
import { migratedDatabase } from './postgres.ts'

export const OPERATOR = `cs_operator_${'A'.repeat(43)}`

export interface AuthorityOptions {
  readonly database?: 'postgres' | 'pglite'
  /** An existing database, to run a second process on. */
  readonly databaseUrl?: string
  readonly settings?: Readonly<Record<string, string>>
  /** Default: drafts are tried in this thread, with an engine of their own. */
  readonly drafts?: Drafts | null
  /** Replaces store verbs, to break them. */
  readonly withStore?: (store: Store) => Store
}

export interface TestAuthority {
  readonly config: Config
  readonly services: Services
  readonly store: Store
  readonly database: Database
  readonly notifyJwks: NotifyJwks
  readonly logKey: LogKey
  readonly databaseUrl: string | null
  readonly app: Hono
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  readonly logs: readonly Readonly<Record<string, unknown>>[]
  readonly operator: Client
  readonly now: () => number
  /** Moves the clock, in seconds. */
  readonly advance: (seconds: number) => void
  readonly client: (credential: string) => Client
  /** Opens the port of the configured origin. */
  readonly listen: () => Promise<void>
  readonly stop: () => Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function startAuthority(options: AuthorityOptions = {}): Promise<TestAuthority> {
  const config = parseConfig({ COUNTERSIGN_ORIGIN: `http://localhost:${await freePort()}`, ...options.settings })
  const opened = await open(options)
  const migrations = await loadMigrations()
  await migrate(opened.database, migrations)
  const real = createStore(opened.database, migrations, { gather: setImmediate })
  const store = options.withStore?.(real) ?? real
  const isJoint = opened.url !== null && options.withStore === undefined
  const reads = isJoint ? createReadStore(opened.database, migrations, process.nextTick) : undefined
  const wakeUps = createWakeUps()
  const stopListening = await store.listen(wakeUps.announce)
  const clock = { offset: 0 }
  const now = () => Math.floor(Date.now() / 1000) + clock.offset
  const logs: Record<string, unknown>[] = []
  const line = (level: string) => (event: string, fields?: object) => void logs.push({ level, event, ...fields })
  const { meters, httpOf } = createMetrics()
  const notifyJwks = { vapid: await generateVapidKey(), webhook: await generateLogKey() }
  const logJwk = config.logKey ?? (await sharedOn(opened.url).logKey)
  const services = await compose(
    {
      config,
      store,
      reads,
      vault: config.signingKeys ? givenKeys(config.signingKeys) : sharedOn(opened.url).vault,
      rootPins: sharedOn(opened.url).pins,
      logKey: logJwk,
      logKeyNext: config.logKeyNext,
      notifyJwks,
      cedar: createCedarHost(),
      drafts: options.drafts === undefined ? { answer: createDraftDesk(createCedarHost()) } : options.drafts,
      post: createPost(config.privateWebhooks),
      mail: config.mail && (await createMail(config.mail, config.name)),
      meters,
      fetch: globalThis.fetch,
      now,
      nowMs: () => Date.now() + clock.offset * 1000,
      randomBytes: (count) => getRandomValues(new Uint8Array(count)),
      events: wakeUps,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    },
    OPERATOR,
  )
  const pages = createPages(services, (request) => currentApprover(request, services), { now, gzip: gzipSync })
  const app = createHttp(services, { pages, metrics: httpOf(services), firstAdminLink: true })
  const fetch = async (url: string, init?: RequestInit) => app.request(url, init)
  const client = (credential: string) => createClient({ origin: config.origin, credential, fetch })
  let server: ReturnType<typeof serve> | undefined
  return {
    config,
    services,
    store,
    database: opened.database,
    notifyJwks,
    logKey: await importLogKey(logJwk, logOrigin(config.origin)),
    databaseUrl: opened.url,
    app,
    fetch,
    logs,
    operator: client(OPERATOR),
    now,
    advance: (seconds) => {
      clock.offset += seconds
    },
    client,
    listen: () =>
      new Promise((resolve) => {
        server = serve({ fetch: app.fetch, hostname: 'localhost', port: config.port }, () => resolve())
      }),
    async stop() {
      if (server && 'closeAllConnections' in server) server.closeAllConnections()
      await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
      await stopListening()
      await real.close()
      await opened.drop()
    },
  }
}

async function open({ database = 'postgres', databaseUrl }: AuthorityOptions) {
  const nothing = async () => {}
  if (databaseUrl !== undefined) return { database: connectPostgres(databaseUrl), url: databaseUrl, drop: nothing }
  if (database === 'pglite') return { database: await embeddedDatabase(), url: null, drop: nothing }
  const fresh = await migratedDatabase()
  return { database: connectPostgres(fresh.url), url: fresh.url, drop: fresh.drop }
}

interface Shared {
  readonly vault: ReturnType<typeof memoryVault>
  readonly pins: RootPins
  readonly logKey: ReturnType<typeof generateLogKey>
}

const shared = new Map<string, Shared>()

/** Processes on one database share their keys and pins. */
function sharedOn(url: string | null): Shared {
  const known = (url === null ? undefined : shared.get(url)) ?? {
    vault: memoryVault(),
    pins: memoryPins(),
    logKey: generateLogKey(),
  }
  if (url !== null) shared.set(url, known)
  return known
}

function memoryPins(): RootPins {
  let held: readonly string[] = []
  return {
    load: async () => held,
    keep: async (keys) => {
      held = keys
    },
  }
}

function memoryVault() {
  const held: Awaited<ReturnType<typeof generateSigningKey>>[] = []
  return { load: async () => held, keep: async (key: (typeof held)[number]) => void held.push(key) }
}

// ── people ─────────────────────────────────────────────────────────────────

/** A person as their session knows them, for pages without a database. */
export const signedIn = (id: string, name: string, more: Partial<SignedIn> = {}): SignedIn => ({
  id,
  name,
  roles: ['approver'],
  groups: [],
  createdAt: 0,
  suspendedAt: null,
  removedAt: null,
  absence: null,
  standsFor: [],
  session: 's',
  ...more,
})

export interface Person {
  readonly id: string
  readonly authenticator: Authenticator
  readonly page: Client
  readonly consent: (request: string) => ReturnType<typeof consentTo>
}

/** All that a person needs of an authority, also of one that runs elsewhere. */
export interface Reachable {
  readonly config: Pick<Config, 'origin' | 'rpId'>
  readonly fetch: TestAuthority['fetch']
}

export const pageOf = (authority: Reachable): Client =>
  createClient({ origin: authority.config.origin, fetch: authority.fetch, asPage: true })

export function mustSucceed<T>(answer: { ok: true; value: T } | { ok: false; problem: object }): T {
  if (!answer.ok) throw new Error(`Refused: ${JSON.stringify(answer.problem)}`)
  return answer.value
}

/** Enrols through an invitation link, with a software passkey that `admin` consents to; the first admin's needs none. */
export async function enrol(authority: Reachable, link: string, name: string, admin?: Person): Promise<Person> {
  const invitation = new URL(link).hash.slice(1)
  const page = pageOf(authority)
  const { origin, rpId } = authority.config
  const authenticator = await createAuthenticator({ origin, rpId })
  const { options } = mustSucceed(await page.call('enrolOptions', { body: { invitation, name, label: 'Test key' } }))
  const passkey = await newPasskey(authenticator, options)
  const { approver, waiting } = mustSucceed(await page.call('enrol', { body: { invitation, ...passkey } }))
  if (waiting && admin) {
    mustSucceed(await admin.consent(waiting.request))
    const { state } = mustSucceed(await page.call('awaitEnrolment', { body: { enrolment: waiting.enrolment } }))
    if (state !== 'enrolled') throw new Error(`The enrolment is ${state}`)
  }
  return { id: approver, authenticator, page, consent: (request) => consentTo(page, authenticator, request) }
}

/** An invitation by `admin`, and an enrolment that they consent to. */
export async function enrolBy(
  authority: Reachable,
  admin: Person,
  name: string,
  roles: ('approver' | 'admin' | 'auditor')[] = ['approver'],
): Promise<Person> {
  return enrol(authority, await invitationFor(admin, name, roles), name, admin)
}

/** A one-time enrolment link. */
export async function invitationFor(
  admin: Pick<Person, 'page'>,
  name: string,
  roles: ('approver' | 'admin' | 'auditor')[] = ['approver'],
): Promise<string> {
  return mustSucceed(await admin.page.call('inviteApprover', { body: { name, roles } })).link
}

export async function enrolFirstAdmin(authority: TestAuthority, name = 'Ada Admin'): Promise<Person> {
  const link = await authority.services.people.firstAdminLink()
  if (link === null) throw new Error('There is an admin already')
  return enrol(authority, link, name)
}

/** Signs the statement the authority offers, and sends it. */
export async function consentTo(page: Client, authenticator: Authenticator, request: string) {
  const offered = await page.call('offerConsent', { params: { id: request } })
  if (!offered.ok) return offered
  const challenge = String(offered.value.options['challenge'])
  const assertion = await authenticator.assert({ challenge })
  const target = offered.value.target ?? undefined
  return page.call('consent', { params: { id: request }, body: { assertion: assertion as never, target } })
}

/** A change to the authority, approved by `admin`, carried out by the operator. */
export async function administer(authority: TestAuthority, admin: Person, action: Omit<ActionSpec, 'salt'>) {
  const whole = { ...action, salt: newSalt() }
  const opened = mustSucceed(
    await authority.operator.call('openRequest', { body: { audience: authority.config.origin, action: whole } }),
  )
  mustSucceed(await admin.consent(opened.id))
  const { token } = mustSucceed(await authority.operator.call('collectToken', { params: { id: opened.id } }))
  return mustSucceed(
    await authority.operator.call('administer', { body: { action: whole }, headers: { 'approval-token': token } }),
  )
}

// ── agents and executors, registered before the first admin enrols ─────────

export const FORUM = 'https://forum.example'
/** The executors that agents of tests may ask, unless a test says otherwise. */
const GIVEN = [FORUM, ...['wiki', 'files', 'vault', 'bank'].map((name) => `https://${name}.example`)]
export const CATALOGUE: readonly CatalogueEntry[] = [
  { name: 'forum.post', effect: 'write', reversible: true, title: 'Publish a reply in {board}, thread {thread}' },
  { name: 'forum.read', effect: 'read', reversible: true },
  { name: 'forum.delete', effect: 'destructive', reversible: false, title: 'Delete thread {thread}' },
]

type Operated = Pick<TestAuthority, 'operator'>

async function bootstrap(authority: Operated, name: string, resource: string, args: ActionSpec['arguments']) {
  const action = { name, resource, arguments: args, salt: newSalt() }
  const done = mustSucceed(await authority.operator.call('administer', { body: { action } }))
  if (done.credential === undefined) throw new Error('No credential was given')
  return done.credential
}

export const addAgent = (authority: Operated, id: string, more: ActionSpec['arguments'] = {}): Promise<string> =>
  bootstrap(authority, 'countersign.agent.add', `agent:${id}`, { id, executors: GIVEN, ...more })

export async function addExecutor(authority: Operated, audience = FORUM, catalogue = CATALOGUE) {
  const challengeKey = await generateSigningKey('ES256')
  const { d: _private, ext: _ext, key_ops: _ops, ...publicKey } = challengeKey
  const args = { audience, title: 'The forum', catalogue, challenge_keys: [publicKey] }
  const credential = await bootstrap(
    authority,
    'countersign.executor.add',
    `executor:${audience}`,
    parseJson(JSON.stringify(args)) as ActionSpec['arguments'],
  )
  return { audience, credential, challengeKey }
}

/** The post everybody talks about. */
export const postAction = (text = 'Hello', more: Partial<ActionSpec> = {}): ActionSpec => ({
  name: 'forum.post',
  resource: 'forum:eng/threads/42',
  arguments: { board: 'eng', thread: 42, text },
  salt: newSalt(),
  ...more,
})
