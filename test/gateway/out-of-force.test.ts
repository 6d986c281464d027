/** A tool that an admin took out of force while a gateway runs that has listed it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, type Ground, nextRequest, openSession, startGround } from './ground.ts'
import { connectRaw } from './raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'out-of-force-'))
let ground: Ground
beforeAll(async () => {
  const args = [fileURLToPath(new URL('fake-server.mjs', import.meta.url)), folder]
  const fake = { command: process.execPath, args, tools: { note: 'write', '*': 'read' } }
  ground = await startGround({ fake }, { hold_seconds: 20 })
  await approveTools(ground)
})
afterAll(() => ground.stop())

it('is not called with an approval that waits, and is listed no more', async () => {
  const raw = await connectRaw(openSession(ground))
  raw.send({ id: 1, method: 'tools/list' })
  expect(JSON.stringify(await raw.answers(1))).toContain('"note"')
  raw.call(2, 'note', { text: 'stale' })
  const { id } = await nextRequest(ground)
  writeFileSync(join(folder, 'description'), 'Notes something else.')
  const gateway = await ground.another()
  await approveTools({ gateway, ada: ground.ada })
  await gateway.close()
  rmSync(join(folder, 'description'))
  mustSucceed(await ground.ben.consent(id))
  expect((await raw.answers(2))[0]?.error).toMatchObject({ code: -32602 })
  expect(existsSync(join(folder, 'calls'))).toBe(false)
  let asked = 2
  await waitFor(async () => {
    raw.send({ id: ++asked, method: 'tools/list' })
    expect(JSON.stringify(await raw.answers(asked))).not.toContain('"note"')
  })
  raw.call('again', 'note', { text: 'stale' })
  expect((await raw.answers('again'))[0]?.error).toMatchObject({ code: -32602 })
})
