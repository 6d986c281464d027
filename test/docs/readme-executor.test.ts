/** The executor in the README, run as it stands there: it does what the README says of it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  addAgent,
  addExecutor,
  enrolFirstAdmin,
  freePort,
  mustSucceed,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { read, root } from './documents.ts'

const ARGUMENTS = { board: 'eng', thread: '42', text: 'Restart the router.' }

let authority: TestAuthority
let executor: ChildProcess
let url: string
let token: string

beforeAll(async () => {
  authority = await startAuthority()
  await authority.listen()
  const { audience, credential } = await addExecutor(authority)
  token = await approvedToken(audience)
  url = await startExecutor(credential)
})
afterAll(async () => {
  executor.kill()
  await authority.stop()
})

async function approvedToken(audience: string): Promise<string> {
  const agent = authority.client(await addAgent(authority, 'helpdesk-agent'))
  const ada = await enrolFirstAdmin(authority)
  const action = { name: 'forum.post', resource: 'forum:eng/threads/42', arguments: ARGUMENTS, salt: newSalt() }
  const { id } = mustSucceed(await agent.call('openRequest', { body: { audience, action } }))
  mustSucceed(await ada.consent(id))
  return mustSucceed(await agent.call('collectToken', { params: { id } })).token
}

/** With the authority and the port of this test in place of those it names. */
async function startExecutor(credential: string): Promise<string> {
  const [sample] = read('README.md').blocks.filter(({ language }) => language === 'js')
  const port = await freePort()
  const folder = join(root, 'node_modules/.cache/readme')
  mkdirSync(folder, { recursive: true })
  const text = sample?.text.replace('http://localhost:8787', authority.config.origin).replace('9000', String(port))
  writeFileSync(join(folder, 'forum.mjs'), text ?? '')
  executor = spawn(process.execPath, [join(folder, 'forum.mjs')], {
    env: { ...process.env, FORUM_CREDENTIAL: credential },
    stdio: 'inherit',
  })
  const at = `http://localhost:${port}`
  await waitFor(() => fetch(at))
  return at
}

async function call(args: object, authorization?: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify(args),
  })
  return await response.json()
}

it('runs once what was approved, and nothing else', async () => {
  const bearer = `Bearer ${token}`
  expect((await call(ARGUMENTS)).code).toBe('token_missing')
  expect((await call({ ...ARGUMENTS, text: 'Buy this.' }, bearer)).code).toBe('action_mismatch')
  expect(await call(ARGUMENTS, bearer)).toEqual({ published: ARGUMENTS.text, at: 'eng/42' })
  expect((await call(ARGUMENTS, bearer)).code).toBe('token_redeemed')
  const entries = (await authority.store.entriesAfter({ after: 0, limit: 999 })).map(({ body }) => JSON.parse(body))
  const refused = entries.filter(({ type }) => type === 'token.refused')
  expect(refused.map(({ code, reported }) => [code, reported])).toEqual([
    ['action_mismatch', true],
    ['token_redeemed', true],
  ])
})
