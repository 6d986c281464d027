/** The real Cerbos server, from its npm package, on a free port with the policies of a test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from './authority.ts'
import { waitFor } from './wait-for.ts'

const NAME = `cerbos-${process.platform}-${process.arch}`

/** The server's program; undefined where its optional package is not installed, as on a platform without one. */
export const cerbosProgram = programOf(`@cerbos/${NAME}`)

function programOf(name: string): string | undefined {
  try {
    const program = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), NAME)
    return existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}

/** `policies`: each a file of YAML. Resolves once the server answers. */
export async function startCerbos(policies: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'cerbos-'))
  await Promise.all(policies.map((policy, at) => writeFile(join(folder, `policy-${at}.yaml`), policy)))
  const [http, grpc] = [await freePort(), await freePort()]
  const settings = {
    'server.httpListenAddr': `127.0.0.1:${http}`,
    'server.grpcListenAddr': `127.0.0.1:${grpc}`,
    'storage.driver': 'disk',
    'storage.disk.directory': folder,
    'telemetry.disabled': 'true',
  }
  const server = spawn(cerbosProgram ?? '', ['server', '--debug-listen-addr=', ...settingsOf(settings)], {
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${http}`
  await waitFor(async () => fetch(`${url}/_cerbos/health`))
  return {
    url,
    stop: async () => {
      await ended(server)
      await rm(folder, { recursive: true })
    },
  }
}

const settingsOf = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`)

const ended = (server: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (server.exitCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill()
  })
