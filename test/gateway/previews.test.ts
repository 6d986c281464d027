/** Previews by the configuration of the guide: the plan of a statement in PostgreSQL, and what is there behind HTTP. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createToolPreview } from '../../src/gateway/preview/tool-preview.ts'
import { read } from '../docs/documents.ts'
import { mustSucceed } from '../setup/authority.ts'
import { freshDatabase, type TestDatabase } from '../setup/postgres.ts'
import { approveTools, connectClient, type Ground, nextRequest, startGround } from './ground.ts'

let server: TestDatabase
let database: postgres.Sql
let web: Server
let ground: Ground
let client: Client
const resources = new Map<string, string>()
const asked: string[] = []

beforeAll(async () => {
  server = await freshDatabase()
  database = postgres(server.url, { max: 1, onnotice: () => {} })
  await database.unsafe(`
    CREATE TABLE accounts (id int PRIMARY KEY, owner text, age int);
    INSERT INTO accounts VALUES (1, 'Ada', 10), (2, 'Ben', 90);
    CREATE VIEW stale AS SELECT id FROM accounts WHERE age > 80;
  `)
  web = createServer(async (request, response) => {
    const { method = '', url = '' } = request
    asked.push(`${method} ${url}`)
    const found = resources.get(url)
    if (method === 'GET') return void response.writeHead(found === undefined ? 404 : 200).end(found)
    const body = await text(request)
    if (method === 'DELETE') resources.delete(url)
    else
      resources.set(
        url,
        method === 'PUT' ? body : JSON.stringify({ ...JSON.parse(found ?? '{}'), ...JSON.parse(body) }),
      )
    response.end(resources.get(url) ?? 'Gone')
  })
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))

  const sample = read('src/docs/mcp.md').blocks.find(({ text: block }) => block.includes('"explain"'))
  const { upstreams } = JSON.parse(sample?.text ?? '')
  const program = {
    command: process.execPath,
    args: [fileURLToPath(new URL('previewed-server.mjs', import.meta.url))],
  }
  const withDatabase = { ...program, env: { DATABASE_URL: server.url } }
  ground = await startGround(
    { database: { ...upstreams.database, ...withDatabase }, web: { ...upstreams.web, ...program } },
    { hold_seconds: 20 },
  )
  await approveTools(ground)
  client = await connectClient(ground)
})
afterAll(async () => {
  await client.close()
  await ground.stop()
  await database.end()
  await server.drop()
  web.close()
})

/** Held while it waits: its client sees the link as progress. */
const call = (name: string, args: Record<string, unknown>) =>
  client.callTool({ name, arguments: args }, undefined, { onprogress: () => {} })
const previewOf = async (id: string) =>
  mustSucceed(await ground.ada.page.call('requestContent', { params: { id } })).preview?.content
/** What destroys something asks two people. */
async function approve(id: string, people = [ground.ben]): Promise<void> {
  for (const person of people) mustSucceed(await person.consent(id))
}
const deny = async (id: string) => mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))

describe('a statement', () => {
  const query = (sql: string) => call('database__query', { sql })
  const owners = async () => (await database`SELECT owner FROM accounts ORDER BY id`).map(({ owner }) => owner)

  it('is explained, waits, and runs once', async () => {
    const running = query("UPDATE accounts SET owner = 'Cy' WHERE id = 1")
    const { id } = await nextRequest(ground)
    const [change] = (await previewOf(id))?.changes ?? []
    expect(change).toMatchObject({
      label: 'Plan of the statement',
      after: expect.stringMatching(/Update on accounts.*rows=/),
    })
    expect(await owners()).toEqual(['Ada', 'Ben'])
    await approve(id)
    expect((await running).isError).toBeFalsy()
    expect(await owners()).toEqual(['Cy', 'Ben'])
  })

  it('of which other rows came in has the same state', async () => {
    const running = query("UPDATE accounts SET owner = 'Di' WHERE id = 1")
    const { id } = await nextRequest(ground)
    await database`INSERT INTO accounts SELECT n, 'Somebody', 20 FROM generate_series(100, 3000) AS n`
    await database`ANALYZE accounts`
    await approve(id)
    expect((await running).isError).toBeFalsy()
    await database`DELETE FROM accounts WHERE id >= 100`
  })

  it('that would run otherwise by now does not run, and people are asked anew', async () => {
    const sql = 'DELETE FROM accounts WHERE id IN (SELECT id FROM stale)'
    const running = query(sql)
    const first = await nextRequest(ground)
    await database.unsafe('CREATE OR REPLACE VIEW stale AS SELECT id FROM accounts WHERE age > 5')
    await approve(first.id, [ground.ben, ground.ada])
    expect(await running).toMatchObject({
      _meta: { 'io.countersign/refusal': { status: 'state_changed', executed: false } },
    })
    expect(await owners()).toHaveLength(2)
    const second = await nextRequest(ground)
    expect(JSON.stringify(await previewOf(second.id))).toContain('age > 5')
    await approve(second.id, [ground.ben, ground.ada])
    expect((await query(sql)).isError).toBeFalsy()
    expect(await owners()).toEqual([])
  })

  it('that the database cannot plan is refused, and nobody is asked', async () => {
    expect(await query('SELECT * FROM nothing')).toMatchObject({
      isError: true,
      _meta: { 'io.countersign/refusal': { status: 'state_unknown' } },
    })
  })

  it.each([
    ['the word that makes a plan run', 'ANALYZE INSERT INTO accounts VALUES (7)'],
    ['the same as an option', '(ANALYZE) INSERT INTO accounts VALUES (7)'],
    ['the same behind a comment', '/* */ ANALYZE INSERT INTO accounts VALUES (7)'],
    ['a second statement', 'SELECT 1; INSERT INTO accounts VALUES (7)'],
    ['an end by a string that a setting ends', "SELECT 'a\\' || '; INSERT INTO accounts VALUES (7); --'"],
    ['an EXPLAIN of its own', 'EXPLAIN ANALYZE INSERT INTO accounts VALUES (7)'],
    ['a table', 'CREATE TABLE other (id int)'],
    ['a prepared statement', 'EXECUTE something'],
    ['a block', 'DO $$ BEGIN INSERT INTO accounts VALUES (7); END $$'],
  ])('with %s is not sent for a plan', async (_, sql) => {
    const running = query(sql)
    const { id } = await nextRequest(ground)
    expect(await previewOf(id)).toMatchObject({ summary: expect.stringContaining('has no plan'), changes: [] })
    await deny(id)
    await running
    expect(await owners()).toEqual([])
    expect(await database`SELECT 1 FROM pg_class WHERE relname = 'other'`).toHaveLength(0)
  })
})

it('a dry run by another tool gets the configured arguments alone', async () => {
  const seen: unknown[] = []
  const rule = { dry_run: { tool: 'plan', arguments: { options: { sql: '{sql}' } } } }
  const preview = createToolPreview(rule, {
    tool: 'query',
    async read(...call) {
      seen.push(call)
      return { result: { content: [{ type: 'text', text: 'Plan' }] } }
    },
  })
  await preview.state({ sql: 'DELETE', analyze: true })
  expect(seen).toEqual([['plan', { options: { sql: 'DELETE' } }]])
})

describe('a resource behind HTTP', () => {
  const at = (path: string) => `http://127.0.0.1:${(web.address() as AddressInfo).port}${path}`

  it('is read before it is replaced, and the difference is shown', async () => {
    resources.set('/page', 'Old words')
    const putting = call('web__put', { url: at('/page'), body: 'New words' })
    const { id } = await nextRequest(ground)
    expect((await previewOf(id))?.changes).toEqual([{ label: at('/page'), before: 'Old words', after: 'New words' }])
    expect(asked.filter((line) => line.endsWith('/page'))).toEqual(['GET /page'])
    await approve(id)
    expect((await putting).isError).toBeFalsy()
    expect(resources.get('/page')).toBe('New words')
    expect(asked.filter((line) => line === 'PUT /page')).toHaveLength(1)
  })

  it('that is not there yet is made', async () => {
    const putting = call('web__put', { url: at('/new'), body: 'Made' })
    const { id } = await nextRequest(ground)
    expect((await previewOf(id))?.changes).toEqual([{ label: at('/new'), before: null, after: 'Made' }])
    await approve(id)
    expect((await putting).isError).toBeFalsy()
  })

  it('is shown as it will be, where a patch is merged into it', async () => {
    resources.set('/ticket', '{"title":"Router","state":"open","note":"x"}')
    const patching = call('web__patch', { url: at('/ticket'), body: '{"state":"closed","note":null}' })
    const { id } = await nextRequest(ground)
    const [change] = (await previewOf(id))?.changes ?? []
    expect(JSON.parse(change?.before ?? '')).toEqual({ title: 'Router', state: 'open', note: 'x' })
    expect(JSON.parse(change?.after ?? '')).toEqual({ title: 'Router', state: 'closed' })
    await approve(id)
    expect((await patching).isError).toBeFalsy()
    expect(resources.get('/ticket')).toContain('closed')
  })

  it('with a patch that is no JSON says that it cannot be shown', async () => {
    const patching = call('web__patch', { url: at('/ticket'), body: 'state=open' })
    const { id } = await nextRequest(ground)
    expect(await previewOf(id)).toMatchObject({ summary: expect.stringContaining('no JSON'), changes: [] })
    await deny(id)
    await patching
  })

  it('that is large is deleted with its beginning shown, and the preview says that it is cut', async () => {
    resources.set('/large', 'Word '.repeat(18_000))
    const deleting = call('web__delete', { url: at('/large') })
    const { id } = await nextRequest(ground)
    const { summary, changes } = (await previewOf(id)) ?? {}
    expect(summary).toMatch(/is cut.* of 90,000 characters before/)
    expect(changes).toMatchObject([{ label: at('/large'), before: expect.stringContaining('Word Word'), after: null }])
    await deny(id)
    await deleting
  })

  it('that is deleted goes; changed meanwhile it stays, and people are asked anew', async () => {
    resources.set('/old', 'Last words')
    const deleting = call('web__delete', { url: at('/old') })
    const first = await nextRequest(ground)
    expect((await previewOf(first.id))?.changes).toEqual([{ label: at('/old'), before: 'Last words', after: null }])
    resources.set('/old', 'Somebody else’s words')
    await approve(first.id, [ground.ben, ground.ada])
    expect(await deleting).toMatchObject({ _meta: { 'io.countersign/refusal': { status: 'state_changed' } } })
    expect(resources.has('/old')).toBe(true)
    const second = await nextRequest(ground)
    await approve(second.id, [ground.ben, ground.ada])
    expect((await call('web__delete', { url: at('/old') })).isError).toBeFalsy()
    expect(resources.has('/old')).toBe(false)
    expect(asked.filter((line) => line === 'DELETE /old')).toHaveLength(1)
  })
})
