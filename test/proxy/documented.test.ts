/** The proxy as the guide shows it: its two files and its commands, with the addresses of this test, and a real call. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CHALLENGE_HEADERS, challengeIn, createAgentClient } from '@countersign/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unofferedRoutes } from '../../src/cli/proxy/futile-routes.ts'
import { runCommand } from '../cli/run-command.ts'
import { shellIn } from '../cli/run-shell.ts'
import { read } from '../docs/documents.ts'
import {
  addAgent,
  enrolBy,
  enrolFirstAdmin,
  freePort,
  mustSucceed,
  OPERATOR,
  type Person,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'

const { blocks } = read('src/docs/integrate.md')
const sample = (language: string, part: string): string =>
  blocks.find((block) => block.language === language && block.text.includes(part))?.text ?? expect.fail(part)

/** A store of files behind HTTP, with entity tags. */
const files = new Map<string, string>()
const seen: string[] = []
const tagOf = (content: string) => `"${Buffer.from(content).toString('hex')}"`
const upstream = createServer(async (request, response) => {
  const { method = '', url = '', headers } = request
  const found = files.get(url)
  if (headers.authorization !== 'Bearer upstream') return void response.writeHead(401).end()
  if (method === 'GET')
    return void (found === undefined
      ? response.writeHead(404).end()
      : response.writeHead(200, { etag: tagOf(found) }).end(found))
  seen.push(`${method} ${url} ${headers['if-match'] ?? 'unconditional'}`)
  if (method === 'PUT') files.set(url, await text(request))
  else files.delete(url)
  response.writeHead(204).end()
})

const folder = mkdtempSync(join(tmpdir(), 'countersign-documented-'))
let authority: TestAuthority
let people: readonly Person[]
let agent: ReturnType<typeof createAgentClient>
let proxy: ChildProcess
let said = ''
let origin: string

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  authority = await startAuthority()
  await authority.listen()
  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  const address = upstream.address()
  const behind = typeof address === 'object' ? address?.port : undefined
  const here = (given: string) =>
    given
      .replaceAll('https://approve.example', authority.config.origin)
      .replaceAll('"port": 8789', `"port": ${port}`)
      .replaceAll('http://127.0.0.1:9000', `http://127.0.0.1:${behind}`)
  writeFileSync(join(folder, 'files.json'), sample('json', '"file.write", "title"'))
  writeFileSync(join(folder, 'proxy.json'), here(sample('json', '"routes"')))
  const operator = { COUNTERSIGN_URL: authority.config.origin, COUNTERSIGN_CREDENTIAL: OPERATOR, NO_COLOR: '1' }
  const added = await shellIn(folder, operator, sample('sh', 'files-key.jwk'), () => {})
  const [credential] = /cs_executor_[\w-]{43}/.exec(added.stdout + added.stderr) ?? expect.fail(added.stderr)
  const secret = await addAgent(authority, 'helpdesk-agent')
  const ada = await enrolFirstAdmin(authority)
  people = [await enrolBy(authority, ada, 'Ben Approver'), ada]
  agent = createAgentClient({ issuer: authority.config.origin, credential: secret })
  const command = sample('sh', 'proxy --config')
    .replace('cs_executor_…', credential)
    .replace('Bearer …', 'Bearer upstream')
  const npx = `npx() { shift; exec "${process.execPath}" "${join(import.meta.dirname, '../../dist/countersign.js')}" "$@"; }`
  proxy = spawn('bash', ['-c', `${npx}\n${command}`], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [proxy.stdout, proxy.stderr])
    stream?.setEncoding('utf8').on('data', (more: string) => {
      said += more
    })
  await waitFor(() => expect(said).toContain('listens at'))
})
afterAll(async () => {
  proxy.kill()
  if (proxy.exitCode === null) await once(proxy, 'close')
  upstream.closeAllConnections()
  await authority.stop()
  rmSync(folder, { recursive: true })
})

/** As an agent does it: the call, its challenge, the consent of as many as are asked, the call again. */
async function makeCall(path: string, call: RequestInit, meanwhile = () => {}): Promise<Response> {
  const refused = await fetch(origin + path, { ...call, headers: { ...call.headers, ...CHALLENGE_HEADERS } })
  const challenge = (await challengeIn(refused)) ?? expect.fail(`${refused.status}`)
  const { token } = await agent.relay(challenge, {
    onOpened: async ({ id }) => {
      for (const person of people)
        if (mustSucceed(await person.page.call('inbox')).requests.length > 0) mustSucceed(await person.consent(id))
    },
  })
  meanwhile()
  return fetch(origin + path, { ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } })
}

const write = (body: string): RequestInit => ({ method: 'PUT', body, headers: { 'content-type': 'text/plain' } })

describe('the example of the guide', () => {
  it('makes a file, writes over it with the state that people saw, and deletes it', async () => {
    expect((await makeCall('/files/a', write('one'))).status).toBe(204)
    expect(await (await fetch(`${origin}/files/a`)).text()).toBe('one')
    expect((await makeCall('/files/a', write('two'))).status).toBe(204)
    expect(files.get('/files/a')).toBe('two')
    expect((await makeCall('/files/a', { method: 'DELETE', headers: { 'x-tenant': 'one' } })).status).toBe(204)
    expect(files.has('/files/a')).toBe(false)
    expect(seen).toEqual([
      'PUT /files/a unconditional',
      `PUT /files/a ${tagOf('one')}`,
      'DELETE /files/a unconditional',
    ])
    expect(said).not.toMatch(/catalogue/)
  })

  it('writes over nothing that changed meanwhile', async () => {
    files.set('/files/b', 'one')
    const answer = await makeCall('/files/b', write('two'), () => void files.set('/files/b', 'other'))
    expect([answer.status, (await answer.json()).code]).toEqual([409, 'state_changed'])
    expect(files.get('/files/b')).toBe('other')
  })
})

describe('a configuration through which a call can never go', () => {
  const put = { methods: ['PUT'], path: '/files/*', action: 'file.write' }
  const config = (more: object) => {
    const { challenge_key: _, ...given } = JSON.parse(sample('json', '"routes"'))
    const file = join(folder, 'futile.json')
    writeFileSync(file, JSON.stringify({ ...given, issuer: authority.config.origin, ...more }))
    return file
  }

  it.each([
    ['a state without a key for challenges', [{ ...put, state: 'http' }], 'name a challenge_key'],
    ['a route behind one that takes its calls', [put, { ...put, path: '/files/a' }], 'PUT /files/a: never reached'],
    [
      'a guarded read behind an open one',
      [
        { methods: ['GET'], path: '/*', open: true },
        { methods: ['GET'], path: '/files/*', action: 'file.read' },
      ],
      'GET /files/*: never reached, since GET /* stands before it',
    ],
    ['a path that no request has', [{ ...put, path: '/files/../x' }], 'a path of no request'],
    ['one that is spelled otherwise', [{ ...put, path: '/fi%6Ces/*' }], 'a path of no request'],
  ])('is refused: %s', async (_, routes, words) => {
    const ended = await runCommand(['proxy', '--config', config({ routes })], { FILES_CREDENTIAL: 'x' })
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) })
  })
})

it('a route is warned about that the catalogue in force does not serve', () => {
  const route = { methods: ['PUT'], path: '/files/*', action: 'file.write', headers: [] }
  const entry = { name: 'file.write', state: 'required' } as const
  expect(unofferedRoutes([{ ...route, state: 'http' }], [entry])).toEqual([])
  expect(unofferedRoutes([route], [{ name: 'file.write' }])).toEqual([])
  expect(unofferedRoutes([route], [entry])).toEqual([expect.stringContaining('requires a state of file.write')])
  expect(unofferedRoutes([route], [])).toEqual([expect.stringContaining('has no file.write')])
  expect(unofferedRoutes([{ methods: ['GET'], path: '/*', headers: [] }], [])).toEqual([])
})
