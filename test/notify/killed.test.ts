/** SIGKILL at every step of telling: whatever was to be told is told by the next process, under the same ids. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { bundled } from '../setup/bundle.ts'
import { type Ground, startGround } from './ground.ts'

vi.setConfig({ testTimeout: 60_000 })

let script: string
let ground: Ground

beforeAll(async () => {
  script = await bundled('test/notify/mortal.ts', 'mortal-courier')
  ground = await startGround()
  await ground.addWebhook('standard', '/events', ['request.waiting'])
})
afterAll(async () => {
  await ground.stop()
  await rm(script, { force: true })
})

async function lifeOf(die: string): Promise<{ signal: string | null; stderr: string }> {
  const { authority } = ground
  const child = spawn(process.execPath, [script], {
    env: {
      DATABASE_URL: authority.databaseUrl ?? '',
      ORIGIN: authority.config.origin,
      KEYS: JSON.stringify(authority.notifyJwks),
      DIE: die,
      AHEAD: String(authority.now() - Math.floor(Date.now() / 1000)),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [, signal] = await once(child, 'exit')
  return { signal, stderr }
}

it.each([
  'planNotices before',
  'planNotices after',
  'takeDeliveries before',
  'takeDeliveries after',
  'settleDelivery before',
  'settleDelivery after',
])('%s', async (die) => {
  ground.hooks.received.length = 0
  const requests = await Promise.all(Array.from({ length: 5 }, () => ground.propose()))
  expect(await lifeOf(die)).toEqual({ signal: 'SIGKILL', stderr: '' })
  // Past the lease of whatever the dead one held.
  ground.authority.advance(61)
  await ground.run()
  const told = ground.hooks.received.map(({ headers, body }) => ({
    id: String(headers['webhook-id']),
    request: JSON.parse(body.toString()).data.request as string,
  }))
  expect(new Set(told.map(({ request }) => request))).toEqual(new Set(requests))
  // Told twice at most where it died between sending and writing so down, and then under the same id.
  expect(new Set(told.map(({ id }) => id)).size).toBe(5)
  const { deliveries } = mustSucceed(await ground.authority.operator.call('listDeliveries'))
  expect(deliveries.filter(({ state }) => state !== 'delivered')).toEqual([])
  for (const id of requests) mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))
})
