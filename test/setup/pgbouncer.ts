/**
 * A real PgBouncer in front of a database, in a temporary folder, which gives each transaction another session.
 *
 * In: the URL behind it. Out: the URL through it. An authority keeps its sessions, up to 27. PgBouncer refuses to run as
 * root, so root becomes the user `postgres`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './authority.ts'

export interface Pooler {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** `ignored`: the startup parameters that it accepts without honouring them. */
export async function startPgBouncer(
  databaseUrl: string,
  { mode = 'transaction', ignored = '' }: { mode?: 'transaction' | 'session'; ignored?: string } = {},
): Promise<Pooler> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pgbouncer-'))
  const port = await freePort()
  const behind = new URL(databaseUrl)
  const users = join(folder, 'users.txt')
  const settings = join(folder, 'pgbouncer.ini')
  writeFileSync(users, `"${behind.username}" "${behind.password}"\n`)
  writeFileSync(
    settings,
    `[databases]
* = host=${behind.hostname} port=${behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${mode === 'session' ? 30 : 5}
max_client_conn = 200
${ignored === '' ? '' : `ignore_startup_parameters = ${ignored}`}
`,
  )
  const account = unprivileged()
  chmodSync(folder, 0o711)
  for (const file of [users, settings]) if (account) chownSync(file, account.uid, account.gid)
  const pgbouncer = spawn('pgbouncer', [settings], { ...account, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(pgbouncer, 'exit')
  let log = ''
  await new Promise<void>((resolve, reject) => {
    pgbouncer.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < 16_384) log += text
      if (log.includes('process up')) resolve()
    })
    ended.then(() => reject(new Error(`pgbouncer ended before it was ready:\n${log}`)), reject)
  })
  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href,
    stop: async () => {
      pgbouncer.kill('SIGINT')
      pgbouncer.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
