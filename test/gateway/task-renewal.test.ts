/** A task whose approval was not used in time, and whose server does not say any more what the call would change. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { AGENT, approveTools, type Ground, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const ERA = 'io.modelcontextprotocol/'
const META = {
  [`${ERA}protocolVersion`]: '2026-07-28',
  [`${ERA}clientInfo`]: { name: 'raw', version: '1' },
  [`${ERA}clientCapabilities`]: { extensions: { [`${ERA}tasks`]: {} } },
}

const folder = mkdtempSync(join(tmpdir(), 'renewal-'))
const inputSchema = { type: 'object', properties: { path: { type: 'string' } } }
const describeTools = (answer: string) =>
  writeFileSync(
    join(folder, 'tools.json'),
    JSON.stringify([
      { name: 'look', inputSchema, answer },
      { name: 'replace', inputSchema },
    ]),
  )

let ground: Ground
let raw: RawClient
beforeAll(async () => {
  describeTools('old')
  const args = [fileURLToPath(new URL('listed-server.mjs', import.meta.url)), folder]
  const preview = { read: { tool: 'look', arguments: { path: '{path}' } } }
  const tools = { look: 'read', replace: { effect: 'write', preview } }
  ground = await startGround({ box: { command: process.execPath, args, tools } })
  await approveTools(ground)
  raw = await connectRaw(openSession(ground), { initialize: false })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await ground.stop()
})

let lastId = 0
async function ask(method: string, params: object) {
  const id = ++lastId
  raw.send({ id, method, params: { ...params, _meta: META } })
  const [answer] = await raw.answers(id)
  return answer?.result ?? expect.fail(JSON.stringify(answer))
}

it('ends with a refusal, as the call itself would, and the ledger has it', async () => {
  const { taskId } = await ask('tools/call', { name: 'replace', arguments: { path: 'a' } })
  const { id } = await nextRequest(ground)
  mustSucceed(await ground.ben.consent(id))
  const agent = ground.authority.client(ground.environment['AGENT_CREDENTIAL'] ?? '')
  mustSucceed(await agent.call('collectToken', { params: { id } }))
  describeTools('task')
  const now = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 300_000)
  await waitFor(async () => expect(await ask('tasks/get', { taskId })).toMatchObject({ status: 'completed' }))
  expect(await ask('tasks/get', { taskId })).toMatchObject({
    result: { isError: true, structuredContent: { status: 'state_unknown', executed: false } },
  })
  const entries = (await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 })).map(({ body }) =>
    JSON.parse(body),
  )
  expect(entries).toContainEqual(
    expect.objectContaining({ type: 'token.refused', name: 'box.replace', code: 'state_unknown', agent: AGENT }),
  )
  expect(await waiting(ground)).toEqual([])
  expect(readFileSync(join(folder, 'calls'), 'utf8')).not.toContain('["replace"')
  expect(ground.lines.join('\n')).not.toContain('bug')
})
