/** The guide of the gateway, step by step: its configuration, its commands, the real client that starts the built command. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startCommand } from '../cli/run-command.ts'
import { read } from '../docs/documents.ts'
import { enrolFirstAdmin, mustSucceed, OPERATOR, startAuthority, type TestAuthority } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { bin, HELD, idIn } from './ground.ts'

const { blocks } = read('src/docs/mcp.md')
const built = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'guide-')))
const notes = realpathSync(mkdtempSync(join(tmpdir(), 'notes-')))

let authority: TestAuthority
beforeAll(async () => {
  authority = await startAuthority()
  await authority.listen()
  const [config] = blocks.filter(({ language }) => language === 'json')
  const text = (config?.text ?? '')
    .replace('http://localhost:8787', authority.config.origin)
    .replace('/home/dana/notes', notes)
    .replace('"npx"', JSON.stringify(process.execPath))
    .replace('"@modelcontextprotocol/server-filesystem"', JSON.stringify(bin('server-filesystem/dist/index.js')))
  writeFileSync(join(folder, 'gateway.json'), text)
})
afterAll(() => authority.stop())

/** A line of the guide, without `npx countersign`; its output. */
async function run(line: string): Promise<string> {
  const [command = '', file] = line.replace('npx countersign ', '').split(' > ')
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const environment = { COUNTERSIGN_URL: authority.config.origin, COUNTERSIGN_CREDENTIAL: OPERATOR, PWD: folder }
  const { code, stdout, stderr } = await startCommand(words, environment).ended
  if (code !== 0) throw new Error(`${line}: ${stderr}`)
  if (file !== undefined) writeFileSync(join(folder, file), stdout)
  return stdout + stderr
}

it('leads from nothing to a write that waits for a passkey while reads flow', async () => {
  const [sh] = blocks.filter(({ language }) => language === 'sh')
  const outputs: string[] = []
  for (const line of (sh?.text ?? '').trim().split('\n')) outputs.push(await run(line))
  const [executorSecret] = /cs_executor_[\w-]{43}/.exec(outputs.join()) ?? expect.fail('no credential')
  const [agentSecret] = /cs_agent_[\w-]{43}/.exec(outputs.join()) ?? expect.fail('no credential')
  const ada = await enrolFirstAdmin(authority)

  const env = {
    GATEWAY_CREDENTIAL: executorSecret,
    AGENT_CREDENTIAL: agentSecret,
    XDG_STATE_HOME: folder,
    PATH: process.env['PATH'] ?? '',
  }
  const args = [built, 'mcp', '--config', join(folder, 'gateway.json')]
  const client = new Client({ name: 'newcomer', version: '1.0.0' })
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env, cwd: notes, stderr: 'pipe' }))

  writeFileSync(join(notes, 'todo.txt'), 'Water the plants.')
  const path = join(notes, 'todo.txt')
  const reading = await client.callTool({ name: 'read_text_file', arguments: { path } })
  expect(reading.content).toEqual([{ type: 'text', text: 'Water the plants.' }])

  const call = { name: 'write_file', arguments: { path: join(notes, 'new.txt'), content: 'Buy milk.' } }
  const writing = client.callTool(call, undefined, HELD)
  const { id } = await waitFor(async () => {
    const [request] = mustSucceed(await ada.page.call('inbox')).requests
    return request ?? expect.fail('nothing waits')
  })
  expect(existsSync(join(notes, 'new.txt'))).toBe(false)
  mustSucceed(await ada.consent(id))
  expect((await writing).isError).toBeFalsy()
  expect(readFileSync(join(notes, 'new.txt'), 'utf8')).toBe('Buy milk.')
  await client.close()

  const changed = join(folder, 'changed.json')
  writeFileSync(
    changed,
    readFileSync(join(folder, 'gateway.json'), 'utf8').replace('"*": "write"', '"*": "destructive"'),
  )
  const publish = () => startCommand(['mcp', '--config', changed, '--publish', '--json'], { ...env, PWD: folder }).ended
  const { approval_uri } = JSON.parse((await publish()).stdout)
  mustSucceed(await ada.consent(idIn(approval_uri)))
  expect(JSON.parse((await publish()).stdout)).toEqual({ approval_uri: null })
})

it('says in words what is wrong with a configuration', async () => {
  const wrong = join(folder, 'wrong.json')
  for (const [text, words] of [
    ['{', /not JSON/],
    ['{"issuer":"http://localhost:8787"}', /audience/],
    [readFileSync(join(folder, 'gateway.json'), 'utf8').replace('"issuer"', '"isuer"'), /isuer/],
    [readFileSync(join(folder, 'gateway.json'), 'utf8'), /environment variable GATEWAY_CREDENTIAL is not set/],
  ] as const) {
    writeFileSync(wrong, text)
    const { code, stderr } = await startCommand(['mcp', '--config', wrong]).ended
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)])
  }
})
