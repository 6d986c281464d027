/** Endpoints by the command: added with an admin's consent, tested, replayed, removed. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Receiver, startReceiver } from '../notify/receivers.ts'
import { enrolFirstAdmin, OPERATOR, type Person, startAuthority, type TestAuthority } from '../setup/authority.ts'
import { runCommand, startCommand } from './run-command.ts'

vi.setConfig({ testTimeout: 120_000 })

let hooks: Receiver
let authority: TestAuthority
let admin: Person

beforeAll(async () => {
  hooks = await startReceiver()
  authority = await startAuthority({ settings: { COUNTERSIGN_PRIVATE_WEBHOOKS: 'true' } })
  await authority.listen()
  admin = await enrolFirstAdmin(authority)
})
afterAll(() => Promise.all([authority.stop(), hooks.close()]))

const environment = () => ({
  COUNTERSIGN_URL: authority.config.origin,
  COUNTERSIGN_CREDENTIAL: OPERATOR,
  NO_COLOR: '1',
})
const operate = (...args: string[]) => runCommand(args, environment())
const listed = async () => JSON.parse((await operate('webhook', 'list', '--json')).stdout)

it('is added once an admin consents; its secret is shown once', async () => {
  const running = startCommand(['webhook', 'add', `${hooks.url}/events`, '--event', 'request.waiting'], environment())
  const link = () => /\/approve\/([\w-]{22})/.exec(running.stderr())?.[1]
  await expect.poll(link).toBeDefined()
  expect(await admin.consent(link() ?? '')).toMatchObject({ ok: true })
  const { code, stdout } = await running.ended
  expect(code).toBe(0)
  expect(stdout).toMatch(/receives events from now on\.\n\n {2}whsec_\S+\n\n {2}Shown once/)
  const { stdout: list } = await operate('webhook', 'list')
  expect(list).toContain(hooks.url)
  expect(list).toMatch(/whpk_\S+/)
  expect(list).not.toMatch(/whsec_|\/events/)
})

it('is tested, and what failed is sent again', async () => {
  hooks.answer = { status: 410 }
  expect((await operate('notify', 'test')).stdout).toContain('1 on their way.')
  await authority.services.courier.run()
  const [failed] = (await listed()).deliveries
  expect(failed).toMatchObject({ kind: 'test', state: 'failed' })
  hooks.answer = { status: 200 }
  expect((await operate('webhook', 'replay', failed.id)).code).toBe(0)
  await authority.services.courier.run()
  expect((await listed()).deliveries).toMatchObject([{ id: failed.id, state: 'delivered' }])
})

it('is removed at once; then it is not there any more', async () => {
  const [{ id }] = (await listed()).webhooks
  expect((await operate('webhook', 'remove', id)).code).toBe(0)
  expect((await listed()).webhooks).toEqual([])
  expect((await operate('webhook', 'remove', id)).stderr).toContain('no such webhook')
})

it('says what it takes', async () => {
  const { code, stderr } = await operate('webhook', 'add', 'nonsense')
  expect(code).toBe(2)
  expect(stderr).toContain('The URL must be whole')
})
