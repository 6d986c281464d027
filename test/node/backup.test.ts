/**
 * Backup and restore as the guide says, played through: with pg_dump into another server, and with a copied data
 * directory. What the backup has forgotten cannot act again.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Client, createClient } from '../../src/client/client.ts'
import { type RunningServer, startServer } from '../../src/node/server.ts'
import { runCommand } from '../cli/run-command.ts'
import {
  addAgent,
  addExecutor,
  administer,
  enrol,
  FORUM,
  freePort,
  mustSucceed,
  type Person,
  postAction,
} from '../setup/authority.ts'
import { createDatabase } from '../setup/create-database.ts'
import { type PostgresServer, startPostgres, systemPrograms } from '../setup/postgres-server.ts'

// Two database servers, and processes that open databases.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

interface Place {
  readonly dataDir: string
  readonly databaseUrl: string | undefined
}

let folder: string
let origin: string
let server: RunningServer | undefined
let servers: readonly PostgresServer[]
beforeAll(async () => {
  servers = await Promise.all([1, 2].map(() => startPostgres({ programs: systemPrograms() })))
  folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  origin = `http://localhost:${await freePort()}`
})
afterEach(stop)
afterAll(async () => {
  await Promise.all(servers.map((one) => one.stop()))
  rmSync(folder, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  await server?.stop()
  server = undefined
}

const settingsOf = ({ dataDir, databaseUrl }: Place) => ({
  COUNTERSIGN_ORIGIN: origin,
  COUNTERSIGN_DATA_DIR: dataDir,
  COUNTERSIGN_LOG_LEVEL: 'silent',
  // The longest life: so much could be spent twice.
  COUNTERSIGN_TOKEN_TTL_SECONDS: '600',
  COUNTERSIGN_REQUEST_TTL_SECONDS: '7200',
  DATABASE_URL: databaseUrl,
})

async function start(place: Place): Promise<RunningServer> {
  server = await startServer(settingsOf(place))
  return server
}

const client = (credential: string) => createClient({ origin, credential, fetch })

interface Cast {
  readonly operator: Client
  readonly operatorSecret: string
  readonly agent: Client
  readonly executor: Client
  readonly ada: Person
}

async function populate({ config, operatorCredential, bootstrapLink }: RunningServer): Promise<Cast> {
  const operator = client(operatorCredential)
  const agent = client(await addAgent({ operator }, 'helpdesk-agent'))
  const executor = client((await addExecutor({ operator })).credential)
  const ada = await enrol({ config, fetch }, bootstrapLink ?? '', 'Ada Admin')
  return { operator, operatorSecret: operatorCredential, agent, executor, ada }
}

const propose = async ({ agent }: Cast) =>
  mustSucceed(await agent.propose({ body: { audience: FORUM, action: postAction() } })).id

async function approved(cast: Cast): Promise<string> {
  const id = await propose(cast)
  mustSucceed(await cast.ada.consent(id))
  return id
}
const collect = ({ agent }: Cast, id: string) => agent.call('collectToken', { params: { id } })
const redeem = ({ executor }: Cast, token: string) => executor.call('redeem', { body: { token } })
const spend = async (cast: Cast, token: string) => mustSucceed(await redeem(cast, token))

const settled = () => expect.poll(async () => (await server?.services.backlog())?.unproved, { timeout: 20_000 }).toBe(0)

/** Audits the running authority against what was seen of its log before. */
async function audit({ dataDir }: Place, state: string) {
  await settled()
  const { code, stdout, stderr } = await runCommand(
    ['audit', 'verify', origin, '--state', join(folder, state), '--data-dir', dataDir],
    { COUNTERSIGN_URL: origin, COUNTERSIGN_CREDENTIAL: auditor },
  )
  return { code, said: stdout + stderr }
}

let auditor: string
async function addAuditor({ operator, ada }: Cast, config: RunningServer['config']): Promise<string> {
  const { credential } = await administer({ operator, config } as never, ada, {
    name: 'countersign.credential.add',
    resource: 'credential:auditor:backup',
    arguments: { kind: 'auditor', subject: 'backup', expires_in_days: 90 },
  })
  return String(credential)
}

/** Takes the backup while `before` runs, or stopped; gives the place that it is restored to. */
interface Way {
  readonly name: string
  readonly refuses: boolean
  readonly first: () => Promise<Place>
  readonly backUp: (place: Place) => Promise<() => Promise<Place>>
}

const ways: readonly Way[] = [
  {
    name: 'a copied data directory',
    refuses: false,
    first: async () => ({ dataDir: join(folder, 'embedded'), databaseUrl: undefined }),
    async backUp(place) {
      await stop()
      const copy = join(folder, 'embedded-backup')
      cpSync(place.dataDir, copy, { recursive: true, filter: (path) => !path.endsWith('/lock') })
      await start(place)
      return async () => {
        rmSync(place.dataDir, { recursive: true })
        cpSync(copy, place.dataDir, { recursive: true })
        return place
      }
    },
  },
  {
    name: 'pg_dump and pg_restore into another server',
    refuses: true,
    async first() {
      const { url } = await createDatabase(servers[0]?.url ?? '')
      // This server is ahead of the other one: what it wrote has yet to be begun there.
      const sql = postgres(url, { max: 1 })
      await sql.unsafe('DO $$ BEGIN FOR n IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$')
      await sql.end()
      return { dataDir: join(folder, 'keys'), databaseUrl: url }
    },
    async backUp({ dataDir, databaseUrl = '' }) {
      const { dump, restore } = systemPrograms()
      const [file, keys] = [join(folder, 'countersign.dump'), join(folder, 'keys-backup')]
      execFileSync(dump, ['--format=custom', '--file', file, databaseUrl])
      cpSync(dataDir, keys, { recursive: true })
      return async () => {
        const { url } = await createDatabase(servers[1]?.url ?? '')
        execFileSync(restore, ['--no-owner', '--exit-on-error', '--dbname', url, file])
        return { dataDir: keys, databaseUrl: url }
      }
    },
  },
]

describe.each(ways)('$name', ({ refuses, first, backUp }) => {
  it('brings the authority back, and nothing that was done since acts again', async () => {
    const place = await first()
    const cast = await populate(await start(place))
    auditor = await addAuditor(cast, (server as RunningServer).config)
    const spentBefore = mustSucceed(await collect(cast, await approved(cast))).token
    await spend(cast, spentBefore)
    const unspent = mustSucceed(await collect(cast, await approved(cast))).token
    const [uncollected, waiting] = [await approved(cast), await propose(cast)]
    expect(await audit(place, `state-${refuses}`)).toMatchObject({ code: 0 })

    const restore = await backUp(place)
    await spend(cast, unspent)
    await spend(cast, mustSucceed(await collect(cast, uncollected)).token)
    mustSucceed(await cast.ada.consent(waiting))
    const later = mustSucceed(await collect(cast, waiting)).token
    const newest = mustSucceed(await collect(cast, await approved(cast))).token
    await stop()

    const restored = await restore()
    if (refuses) await expect(startServer(settingsOf(restored))).rejects.toThrow('countersign restored')
    const { code, stdout, stderr } = await runCommand(['--json', 'restored', '--data-dir', restored.dataDir], {
      ...settingsOf(restored),
      COUNTERSIGN_DATA_DIR: undefined,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { adopted, ended, killswitch } = JSON.parse(stdout)
    expect({ adopted, ended }).toEqual({ adopted: refuses, ended: 3 })

    await start(restored)
    for (const token of [spentBefore, unspent, later, newest]) {
      expect(await redeem(cast, token)).toMatchObject({ ok: false })
    }
    expect(await redeem(cast, unspent)).toMatchObject({ problem: { code: 'killed' } })
    for (const id of [uncollected, waiting]) expect(await collect(cast, id)).toMatchObject({ ok: false })
    const proposal = { body: { audience: FORUM, action: postAction() } }
    expect(await cast.agent.propose(proposal)).toMatchObject({ problem: { code: 'killed' } })

    await administer({ operator: cast.operator, config: { origin } } as never, cast.ada, {
      name: 'countersign.killswitch.release',
      resource: 'killswitches',
      arguments: { ids: [killswitch], reason: 'Everything was looked at' },
    })
    for (const token of [spentBefore, unspent, later, newest]) {
      expect(await redeem(cast, token)).toMatchObject({ ok: false })
    }
    for (const id of [uncollected, waiting]) expect(await collect(cast, id)).toMatchObject({ ok: false })
    expect(await redeem(cast, spentBefore)).toMatchObject({ problem: { code: 'token_redeemed' } })
    expect(await redeem(cast, unspent)).toMatchObject({ problem: { code: 'token_revoked' } })
    const fresh = mustSucceed(await collect(cast, await approved(cast))).token
    await spend(cast, fresh)
    expect(await redeem(cast, fresh)).toMatchObject({ problem: { code: 'token_redeemed' } })
    const verified = await audit(restored, `state-${refuses}`)
    expect(verified, verified.said).toMatchObject({ code: 0 })
  })
})
