/**
 * Bundles a Worker as a deployment does, and runs the bundle in workerd, the runtime of Cloudflare Workers.
 *
 * In: a folder of one's own; a database and secrets; the Worker's entry, the authority's by default. Out: the bundle; a running Worker, its log, and `stop`.
 *
 * What runs is a finished bundle with a copy of wrangler.toml beside it: so no change of a source file restarts it.
 * Everything wrangler writes goes to that folder, and nothing it does reaches beyond this machine.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../setup/free-port.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const wrangler = createRequire(import.meta.url).resolve('wrangler/bin/wrangler.js')
const READY_WITHIN_MS = 90_000

export interface RunningWorker {
  readonly origin: string
  /** Of wrangler, which starts workerd. */
  readonly pid: number
  /** All that it printed. */
  readonly log: () => string
  readonly stop: () => Promise<void>
}

/** Into `folder/NAME`, by the name of the entry. Out: the main module there. */
export async function bundleWorker(folder: string, entry = 'src/worker/main.ts'): Promise<string> {
  const name = basename(entry, '.ts')
  const outdir = join(folder, name)
  const options = { cwd: root, env: environment(folder) }
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', entry, '--dry-run', '--outdir', outdir], options)
  return join(outdir, `${name}.js`)
}

/** Resolves when it answers, be it with a refusal. Its folder lies beside the bundle. */
export async function startWorker(
  script: string,
  databaseUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningWorker> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  const folder = await mkdtemp(join(dirname(script), '..', 'worker-'))
  await place(folder, script, { COUNTERSIGN_ORIGIN: origin, ...settings })
  const child = spawn(process.execPath, [wrangler, ...devArguments(folder, port)], {
    cwd: folder,
    env: { ...environment(folder), CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: wrangler starts workerd, and both have to end.
    detached: true,
  })
  const log = collect(child)
  const stop = stopper(child)
  try {
    await answering(origin, child)
  } catch (error) {
    await stop()
    throw new Error(`The Worker did not start: ${log()}`, { cause: error })
  }
  return { origin, pid: child.pid ?? 0, log, stop }
}

const devArguments = (folder: string, port: number): readonly string[] => [
  ...['dev', '--local', '--no-bundle', '--config', join(folder, 'wrangler.toml')],
  ...['--port', String(port), '--inspector-port', '0', '--persist-to', join(folder, 'state')],
  '--show-interactive-dev-session=false',
]

/** The bundle under the settings of wrangler.toml, but for what makes a bundle. */
async function place(folder: string, script: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const toml = await readFile(join(root, 'wrangler.toml'), 'utf8')
  const main = `main = ${JSON.stringify(script)}`
  const ready = toml.replace(/^main = .*$/m, main).replace(/^\[build\]\n.*\n/m, '')
  await writeFile(join(folder, 'wrangler.toml'), ready)
  const secrets = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(join(folder, '.dev.vars'), secrets.join(''), { mode: 0o600 })
}

const environment = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CI: 'true',
  NO_COLOR: '1',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_LOG_PATH: join(folder, 'logs'),
  WRANGLER_REGISTRY_PATH: join(folder, 'registry'),
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_SEND_METRICS: 'false',
})

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
  }
  return () => text
}

async function answering(origin: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + READY_WITHIN_MS
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`wrangler ended with code ${child.exitCode}`)
    try {
      await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(10_000) })
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  throw new Error(`no answer within ${READY_WITHIN_MS} ms`)
}

/** Also ends both processes when the test run itself is cut short. */
function stopper(child: ChildProcess): () => Promise<void> {
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // Nothing of the group is left.
    }
  }
  const atExit = () => kill('SIGKILL')
  process.once('exit', atExit)
  return async () => {
    process.off('exit', atExit)
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    kill('SIGTERM')
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5_000).unref())])
    kill('SIGKILL')
  }
}
