/** The guide of the gateway, step by step: its configuration, its commands, the real client that starts the built command. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../cli/run-command.ts'
import { read } from '../docs/documents.ts'
import {
  enrolFirstAdmin,
  freePort,
  mustSucceed,
  OPERATOR,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { HELD, idIn } from './ground.ts'

const { blocks } = read('src/docs/mcp.md')
const built = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))
const program = fileURLToPath(new URL('../../node_modules/.bin/mcp-server-filesystem', import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'guide-')))
const notes = realpathSync(mkdtempSync(join(tmpdir(), 'notes-')))

let authority: TestAuthority
let secrets: Readonly<Record<string, string>> = {}
beforeAll(async () => {
  authority = await startAuthority()
  await authority.listen()
  const [config] = blocks.filter(({ language }) => language === 'json')
  const text = (config?.text ?? '')
    .replace('http://localhost:8787', authority.config.origin)
    .replace('/home/dana/notes', notes)
    .replace('node_modules/.bin/mcp-server-filesystem', program)
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

  secrets = { GATEWAY_CREDENTIAL: executorSecret, AGENT_CREDENTIAL: agentSecret }
  const env = {
    ...secrets,
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
  const right = readFileSync(join(folder, 'gateway.json'), 'utf8')
  for (const [text, words] of [
    ['{', /not JSON/],
    ['{"issuer":"http://localhost:8787"}', /audience: It is missing\. credential: It is missing\./],
    [right.replace('"issuer"', '"isuer"'), /issuer: It is missing\. isuer: There is no such member\./],
    [right.replace('"command"', '"comand"'), /upstreams\.files\.command: It is missing\..*files\.comand: There is no/],
    [
      right.replace('"read_*": "read"', '"read_*": "raed"'),
      /upstreams\.files\.tools\.read_\*: It has to be "read", "write" or "destr/,
    ],
    [
      right.replace('"effect": "write"', '"effect": "wriet"'),
      /tools\.write_file\.effect: It has to be "read" or "write" or "destructive"\./,
    ],
    [
      right.replace('"after": "content"', '"after": 5'),
      /tools\.write_file\.preview\.after: It has to be the name of an argument, or/,
    ],
    [right.replace('"files"', '"My files"'), /upstreams\.My files: It has to be a name of small letters/],
    [
      right.replace('"upstreams"', '"agent": "cloud", "upstreams"'),
      /agent: There is no cloud in agents\. Name one of claude/,
    ],
    [right, /credential: The environment variable GATEWAY_CREDENTIAL is not set\./],
  ] as const) {
    writeFileSync(wrong, text)
    const { code, stderr } = await startCommand(['mcp', '--config', wrong]).ended
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)])
    expect(stderr).not.toMatch(/\\u\{|✖/)
  }
})

describe('a gateway that cannot work does not start, and says which member is wrong', () => {
  const agent = 'AGENT_CREDENTIAL'
  const executor = 'GATEWAY_CREDENTIAL'
  const other = `cs_executor_${'A'.repeat(43)}`
  const start = async (changed: (text: string) => string, more: object = {}) => {
    const file = join(folder, 'start.json')
    writeFileSync(file, changed(readFileSync(join(folder, 'gateway.json'), 'utf8')))
    const { code, stderr } = await startCommand(['mcp', '--config', file], { ...secrets, ...more, PWD: folder }).ended
    return [code, stderr]
  }
  const same = (text: string) => text

  it('the credentials', async () => {
    expect(await start(same, { [executor]: other })).toEqual([
      2,
      expect.stringMatching(/ credential: .* unknown to http/),
    ])
    expect(await start(same, { [agent]: `cs_agent_${'A'.repeat(43)}` })).toEqual([
      2,
      expect.stringMatching(/ agents\.claude\.credential: .* unknown to .* countersign credential add agent claude/),
    ])
    expect(await start(same, { [executor]: secrets[agent] })).toEqual([
      2,
      expect.stringMatching(/ credential: This is a credential of the kind agent \(claude\)/),
    ])
  })

  it('the names', async () => {
    expect(await start((text) => text.replace('urn:mcp:my-files', 'urn:mcp:yours'))).toEqual([
      2,
      expect.stringMatching(/ audience: The credential is that of urn:mcp:my-files, and not of urn:mcp:yours/),
    ])
    expect(await start((text) => text.replace('"claude"', '"cloud"'))).toEqual([
      2,
      expect.stringMatching(/ agents\.cloud: The credential is that of claude/),
    ])
  })

  it('the key', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])
    const jwk = { ...(await crypto.subtle.exportKey('jwk', privateKey)), kid: 'other', alg: 'ES256' }
    writeFileSync(join(folder, 'other-key.jwk'), JSON.stringify(jwk))
    expect(await start((text) => text.replace('gateway-key.jwk', 'other-key.jwk'))).toEqual([
      2,
      expect.stringMatching(/ challenge_key: urn:mcp:my-files has no such key/),
    ])
    expect(await start((text) => text.replace('gateway-key.jwk', 'none.jwk'))).toEqual([
      2,
      expect.stringMatching(/ challenge_key: \S*none.jwk cannot be read/),
    ])
  })

  it('the servers', async () => {
    expect(await start((text) => text.replace(program, 'no-such-command'))).toEqual([
      2,
      expect.stringMatching(/ upstreams\.files: .*It cannot be started: there is no command no-such-command\./),
    ])
    expect(await start((text) => text.replace('"command"', '"cwd": "gone", "command"'))).toEqual([
      2,
      expect.stringMatching(/ upstreams\.files: .*there is no folder \S*gone \(cwd\)/),
    ])
    const port = await freePort()
    const elsewhere = (text: string) =>
      JSON.stringify({ ...JSON.parse(text), upstreams: { files: { url: `http://localhost:${port}/mcp` } } })
    expect(await start(elsewhere)).toEqual([
      2,
      expect.stringMatching(/ upstreams\.files: The server was not called: nobody answers at http:\/\/localhost/),
    ])
  })

  it('the port', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const listening = (text: string) => JSON.stringify({ ...JSON.parse(text), listen: { port } })
    expect(await start(listening)).toEqual([2, expect.stringMatching(/ listen: .*The port is in use: end the program/)])
    taken.close()
  })

  it('the authority', async () => {
    const port = await freePort()
    expect(await start((text) => text.replace(authority.config.origin, `http://localhost:${port}`))).toEqual([
      5,
      expect.stringMatching(/ issuer: http:\/\/localhost:\d+ does not answer as an authority\. .*countersign serve/),
    ])
  })
})
