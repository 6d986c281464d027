/** Signals at an awkward moment: while a request is opened, and while it is withdrawn. */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { z } from 'zod'
import type { RequestView } from '../../src/api/requests/request-shapes.ts'
import { type Running, startCommand } from './run-command.ts'

vi.setConfig({ testTimeout: 120_000 })

const ID = 'A'.repeat(22)

/** An authority whose answers this test gives by hand. */
interface Held {
  readonly url: string
  readonly server: Server
  /** Calls that wait for their answer, by method and path. */
  readonly waiting: Map<string, ServerResponse>
}

let held: Held
let running: Running

async function holdAuthority(): Promise<Held> {
  const waiting = new Map<string, ServerResponse>()
  const server = createServer((request, response) => void waiting.set(`${request.method} ${request.url}`, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, waiting, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function callOf(name: string): Promise<ServerResponse> {
  await expect.poll(() => held.waiting.has(name) || running.exitCode(), { timeout: 60_000 }).toBe(true)
  return held.waiting.get(name) ?? expect.fail(name)
}

const answer = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

async function start(): Promise<void> {
  held = await holdAuthority()
  const credential = `cs_agent_${'A'.repeat(43)}`
  running = startCommand(['request', 'forum.post', '--executor', 'https://forum.example', '--resource', 'forum:x'], {
    COUNTERSIGN_URL: held.url,
    COUNTERSIGN_CREDENTIAL: credential,
  })
}
afterEach(() => {
  running.signal('SIGKILL')
  held.server.closeAllConnections()
  held.server.close()
})

const opened = (): z.input<typeof RequestView> => ({
  id: ID,
  trace: '0'.repeat(32),
  txn: ID,
  state: 'pending',
  decision: 'approval',
  policy: { digest: `sha-256:${'A'.repeat(43)}`, version: 1, decided: ['writes'], reason: 'It is a write.' },
  audience: 'https://forum.example',
  name: 'forum.post',
  digest: `sha-256:${'A'.repeat(43)}`,
  agent: 'helpdesk-agent',
  actor: 'helpdesk-agent',
  principal: 'helpdesk',
  quorum: 1,
  consents: 0,
  created_at: Math.floor(Date.now() / 1000),
  expires_at: Math.floor(Date.now() / 1000) + 600,
  approval_uri: `${held.url}/approve/${ID}`,
  interval: 5,
})

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (signal, code) => {
  it('while the request is opened, withdraws it once it is known', async () => {
    await start()
    const opening = await callOf('POST /requests')
    running.signal(signal)
    answer(opening, 201, opened())
    answer(await callOf(`POST /requests/${ID}/withdraw`), 200, { ...opened(), state: 'withdrawn' })
    expect(await running.ended).toMatchObject({ code, stderr: expect.stringContaining('The request is withdrawn.') })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('and then %s, while it is withdrawn, ends at once', async (second) => {
    await start()
    answer(await callOf('POST /requests'), 201, opened())
    await callOf(`POST /requests/${ID}/token`)
    running.signal(signal)
    await callOf(`POST /requests/${ID}/withdraw`)
    running.signal(second)
    expect(await running.ended).toMatchObject({ code: null, signal: second })
  })
})
