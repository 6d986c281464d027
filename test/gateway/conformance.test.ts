/** The public conformance suite against a server, directly and through the gateway: every check has the same result. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { HttpGateway } from '../../src/gateway/channel/http-server.ts'
import { freePort } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, bin, type Ground, startGround } from './ground.ts'

// Each case runs the suite twice.
vi.setConfig({ testTimeout: 240_000 })

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url))

let server: ChildProcess
let direct: string
let ground: Ground
let http: HttpGateway
let front: Server
let through: string

beforeAll(async () => {
  const port = await freePort()
  const env = { ...process.env, PORT: String(port) }
  server = spawn(process.execPath, [beside('conformance-server.mjs')], {
    env,
    stdio: 'ignore',
  })
  direct = `http://localhost:${port}/mcp`
  await waitFor(() => fetch(direct).then(({ body }) => body?.cancel()))
  ground = await startGround({ all: { url: direct, tools: { '*': 'read' } } })
  await approveTools(ground)
  const origin = `http://localhost:${await freePort()}`
  http = await ground.gateway.listen({ host: '127.0.0.1', port: 0, origins: [origin] })
  front = await withCredential(new URL(http.url), origin, ground.environment['AGENT_CREDENTIAL'] ?? '')
  through = `${origin}/mcp`
})
afterAll(async () => {
  front.closeAllConnections()
  front.close()
  await http.close()
  await ground.stop()
  server.kill()
})

/** The suite holds no credential: what it sends is passed on with one. */
async function withCredential(to: URL, from: string, credential: string): Promise<Server> {
  const forwarding = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${credential}` }
    const onward = request(to, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => forwarding.listen(Number(new URL(from).port), 'localhost', resolve))
  return forwarding
}

const run = promisify(execFile)

/** Each check of each scenario that this revision asks for, with its result. */
async function checksOf(url: string, revision: string): Promise<Record<string, readonly string[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  const suite = ['--import', beside('with-glob.mjs'), bin('conformance/dist/index.js')]
  const args = [...suite, 'server', '--url', url, '--requirements', revision, '--output-dir', folder]
  // It ends with 1 where a check fails.
  await run(process.execPath, args, { maxBuffer: 2 ** 26 }).catch(() => {})
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [scenarioOf(name), checksIn(join(folder, name))]),
  )
}

/** `server-ping-2026-01-31T00-00-00-000Z` */
const scenarioOf = (name: string) => name.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '')

const checksIn = (folder: string): readonly string[] =>
  JSON.parse(readFileSync(join(folder, 'checks.json'), 'utf8'))
    .filter(({ id }: { id: string }) => id !== STREAMS && id !== UNKNOWN_TASK)
    .map(({ id, status }: { id: string; status: string }) => `${id}: ${status}`)

/** Counts streams where a server chooses them: the gateway answers in JSON where one message is all. */
const STREAMS = 'server-sse-streams-functional'
/** The gateway itself refuses a task that is not its client’s, also where the server has no tasks. */
const UNKNOWN_TASK = 'sep-2663-tasks-get-invalid-task-id-32602'
/** Required by no revision: the gateway keeps no events for a client that comes back for them. */
const POLLING = 'server-server-sse-polling'

const hasPassed = (check: string) => check.endsWith(': SUCCESS')

describe.each(['2025-11-25', '2026-07-28'])('the suite of %s', (revision) => {
  it('has the same results directly and through the gateway', async () => {
    const { [POLLING]: _, ...expected } = await checksOf(direct, revision)
    const { [POLLING]: __, ...found } = await checksOf(through, revision)
    expect(Object.values(expected).flat().filter(hasPassed).length).toBeGreaterThan(70)
    expect(found).toEqual(expected)
  })
})
