/** What the gateway waits for does not depend on the clock of its machine, which may be set at any time. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { heldCall } from '../../src/gateway/gate/ask-people.ts'
import { createFollowUps, newRounds } from '../../src/gateway/gate/follow-ups.ts'
import { createInstance } from '../../src/gateway/state/instance.ts'
import { createRunJournal } from '../../src/gateway/state/run-journal.ts'

afterEach(() => void vi.restoreAllMocks())

/** Sets the clock of the machine. */
function setClock(hours: number): void {
  const time = Date.now() + hours * 3_600_000
  vi.spyOn(Date, 'now').mockReturnValue(time)
}

const { signal } = new AbortController()

it.each([2, -2])(
  'people are waited for as long as the authority says that they can answer: %i hours',
  async (hours) => {
    const states = ['pending', 'pending', 'pending', 'approved']
    const authority = createClient({ origin: 'http://localhost', credential: 'c', fetch: async () => new Response() })
    vi.spyOn(authority, 'call').mockImplementation(async () => {
      if (states.length === 3) setClock(hours)
      const value = Object({ state: states.shift(), denial: null })
      return { ok: true, value, status: 200, headers: new Headers() }
    })
    const request = { id: 'r', url: 'u', expiresAt: Math.floor(Date.now() / 1000) + 600 }
    expect(await heldCall(authority, request, signal).answered).toEqual({ kind: 'approved' })
    expect(states).toEqual([])
  },
)

it('while the authority is away, the time of the request goes on as it did', async () => {
  let asked = 0
  const fetch = async () => {
    if (++asked === 1) setClock(-2)
    throw new TypeError('fetch failed')
  }
  const authority = createClient({ origin: 'http://localhost', credential: 'c', fetch })
  const request = { id: 'r', url: 'u', expiresAt: Date.now() / 1000 + 0.5 }
  const { answered } = heldCall(authority, request, signal)
  expect(await answered).toMatchObject({ kind: 'ended', problem: { code: 'request_expired' } })
})

it('an approved call that comes back is known', async () => {
  const followUps = createFollowUps()
  const key = async () => 'key'
  const rounds = newRounds({ jti: 'j', use: 1, salt: 's', args: {}, approval: {} })
  await followUps.note({ result: { resultType: 'input_required', inputRequests: {} } }, rounds, key)
  setClock(2)
  expect(await followUps.take('key', {})).toMatchObject({ approved: { count: 1 } })
})

it('the end waits a few seconds for outcomes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steady-'))
  const instance = await createInstance({ folder, failed: () => {} })
  const executor = { issuer: 'http://localhost', audience: 'https://files.example' }
  const send = async () => new Response()
  const journal = createRunJournal({ ...executor, instance, credential: 'c', ended: 'GatewayEnded', send, signal })
  await journal.begin({ request: 'r', jti: 'j', use: 1 })
  const start = performance.now()
  vi.spyOn(Date, 'now').mockReturnValue(0)
  vi.spyOn(performance, 'now')
    .mockReturnValueOnce(start)
    .mockReturnValue(start + 5001)
  await journal.settled()
  await instance.close()
})
