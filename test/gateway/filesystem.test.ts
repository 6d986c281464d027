/** The gateway before the real filesystem server, with the real client of the SDK: reads flow, writes wait for a passkey. */
import { existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import {
  AUDIENCE,
  approveTools,
  connectClient,
  filesystem,
  type Ground,
  HELD,
  nextRequest,
  startGround,
} from './ground.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'files-')))
let ground: Ground
let client: Client

beforeAll(async () => {
  writeFileSync(join(folder, 'notes.txt'), 'The old notes.\n')
  ground = await startGround({ files: filesystem(folder) }, { hold_seconds: 20 })
  await approveTools(ground)
  client = await connectClient(ground)
})
afterAll(async () => {
  await client.close()
  await ground.stop()
})

const read = (name: string) => client.callTool({ name: 'read_text_file', arguments: { path: join(folder, name) } })
const write = (name: string, content: string, on: Client = client) =>
  on.callTool({ name: 'write_file', arguments: { path: join(folder, name), content } }, undefined, HELD)

const entries = async (type: string) => {
  const all = await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return all.map(({ body }) => JSON.parse(body)).filter((entry) => entry.type === type)
}

describe('the list of tools', () => {
  it('tells clients which of them wait for a person', async () => {
    const { tools } = await client.listTools()
    const waits = Object.fromEntries(
      tools.map(({ name, _meta }) => [name, _meta?.['anthropic/requiresUserInteraction']]),
    )
    expect(waits).toMatchObject({ write_file: true, edit_file: true, move_file: true })
    expect(waits).toHaveProperty('read_text_file', undefined)
    expect(waits).toHaveProperty('list_directory', undefined)
  })
})

describe('a tool', () => {
  it('is registered with all that the server says of it, and calls that do not fit ring nobody', async () => {
    const executor = await ground.authority.store.executor(AUDIENCE)
    const tools = (executor?.catalogue ?? []).filter(({ name }) => name.startsWith('files.') && !name.includes('/'))
    expect(tools.length).toBeGreaterThan(10)
    for (const { schema, definition } of tools) {
      expect(schema).toMatchObject({ type: 'object' })
      expect(definition).toContain('"annotations"')
    }
    const before = await entries('request.created')
    for (const args of [{ pth: 3 }, { path: 3 }, {}]) {
      const answer = await client.callTool({ name: 'create_directory', arguments: args })
      expect(answer).toMatchObject({ isError: true })
      expect(JSON.stringify(answer)).toContain('arguments/path')
    }
    expect(await entries('request.created')).toEqual(before)
  })
})

describe('a read', () => {
  it('flows, as one entry of the ledger and without a token', async () => {
    const before = (await entries('call.allowed')).length
    const tokens = (await entries('token.issued')).length
    const { content } = await read('notes.txt')
    expect(content).toEqual([{ type: 'text', text: 'The old notes.\n' }])
    const allowed = await entries('call.allowed')
    expect(allowed).toHaveLength(before + 1)
    expect(allowed.at(-1)).toMatchObject({ agent: 'helpdesk-agent', name: 'files.read_text_file' })
    expect(await entries('token.issued')).toHaveLength(tokens)
  })
})

describe('a write', () => {
  it('waits for a passkey, and happens once', async () => {
    const writing = write('new.txt', 'Approved.')
    const request = await nextRequest(ground)
    expect(existsSync(join(folder, 'new.txt'))).toBe(false)
    mustSucceed(await ground.ben.consent(request.id))
    const result = await writing
    expect(result.isError).toBeFalsy()
    expect(readFileSync(join(folder, 'new.txt'), 'utf8')).toBe('Approved.')
    expect(result._meta?.['io.countersign/approval']).toMatchObject({ request: request.id, approvers: [ground.ben.id] })
    await waitFor(async () => {
      expect(await entries('outcome.reported')).toMatchObject([{ outcome: 'succeeded', request: request.id }])
    })
  })

  it('that a person denies does not happen, and the reason reaches the model', async () => {
    const writing = write('denied.txt', 'No.')
    const request = await nextRequest(ground)
    const params = { id: request.id }
    mustSucceed(await ground.ben.page.call('deny', { params, body: { reason: 'Ask the owner first' } }))
    const result = await writing
    expect(result.isError).toBe(true)
    expect(JSON.stringify(result.content)).toContain('Ask the owner first')
    expect(existsSync(join(folder, 'denied.txt'))).toBe(false)
  })
})

const previewIn = async (id: string) =>
  mustSucceed(await ground.ada.page.call('requestContent', { params: { id } })).preview?.content
const changesIn = async (id: string) => (await previewIn(id))?.changes

describe('the approver', () => {
  it('sees which client, model and server asked, in their own words', async () => {
    const call = { name: 'write_file', arguments: { path: join(folder, 'asked.txt'), content: 'Who?' } }
    const asking = client.callTool({ ...call, _meta: { 'gen_ai.request.model': 'model-5\n' } }, undefined, HELD)
    const params = { id: (await nextRequest(ground)).id }
    const { reason } = mustSucceed(await ground.ada.page.call('requestContent', { params }))
    expect(reason).toMatch(/write_file of files \(secure-filesystem-server [\d.]+\).* test-client 1\.0\.0 .*model-5 $/)
    mustSucceed(await ground.ben.page.call('deny', { params, body: {} }))
    expect((await asking).isError).toBe(true)
  })
})

describe('what a write would change', () => {
  it('is shown as a diff, found at the server itself, and so is what became of it', async () => {
    const writing = write('notes.txt', 'The new notes.\n')
    const { id } = await nextRequest(ground)
    const path = join(folder, 'notes.txt')
    const changes = [{ label: path, before: 'The old notes.\n', after: 'The new notes.\n' }]
    expect(await changesIn(id)).toEqual(changes)
    mustSucceed(await ground.ben.consent(id))
    expect((await writing).isError).toBeFalsy()
    expect(readFileSync(path, 'utf8')).toBe('The new notes.\n')
  })

  it('of a file that is not there yet is its creation', async () => {
    const writing = write('made.txt', 'Made.')
    const { id } = await nextRequest(ground)
    expect(await changesIn(id)).toEqual([{ label: join(folder, 'made.txt'), before: null, after: 'Made.' }])
    mustSucceed(await ground.ben.consent(id))
    expect((await writing).isError).toBeFalsy()
  })

  it('changed meanwhile: nothing runs, people are asked anew, and it runs once then', async () => {
    const path = join(folder, 'notes.txt')
    const writing = write('notes.txt', 'Approved words.')
    const first = await nextRequest(ground)
    writeFileSync(path, 'Somebody else was here.')
    mustSucceed(await ground.ben.consent(first.id))
    const result = await writing
    expect(result).toMatchObject({
      isError: true,
      _meta: { 'io.countersign/refusal': { status: 'state_changed', executed: false } },
    })
    expect(readFileSync(path, 'utf8')).toBe('Somebody else was here.')
    const second = await nextRequest(ground)
    expect(second.id).not.toBe(first.id)
    expect(await changesIn(second.id)).toMatchObject([{ before: 'Somebody else was here.', after: 'Approved words.' }])
    mustSucceed(await ground.ben.consent(second.id))
    expect((await write('notes.txt', 'Approved words.')).isError).toBeFalsy()
    expect(readFileSync(path, 'utf8')).toBe('Approved words.')
    expect((await entries('token.refused')).filter(({ name }) => name === 'files.write_file')).toMatchObject([
      { code: 'state_changed' },
    ])
  })

  it('of an edit is what the server says of a dry run', async () => {
    const path = join(folder, 'notes.txt')
    const edits = [{ oldText: 'Approved', newText: 'Edited' }]
    const editing = client.callTool({ name: 'edit_file', arguments: { path, edits } }, undefined, HELD)
    const { id } = await nextRequest(ground)
    expect(await changesIn(id)).toEqual([{ label: path, before: 'Approved words.', after: 'Edited words.' }])
    expect(readFileSync(path, 'utf8')).toBe('Approved words.')
    mustSucceed(await ground.ben.consent(id))
    expect((await editing).isError).toBeFalsy()
    expect(readFileSync(path, 'utf8')).toBe('Edited words.')
  })

  it('of a large file is the lines that differ', async () => {
    const lines = Array.from({ length: 4000 }, (_, at) => `Line ${at}`)
    writeFileSync(join(folder, 'large.txt'), lines.join('\n'))
    const writing = write('large.txt', lines.with(2000, 'Another').join('\n'))
    const { id } = await nextRequest(ground)
    const [change] = (await changesIn(id)) ?? []
    expect(change).toMatchObject({
      label: expect.stringMatching(/from line 1998$/),
      after: expect.stringContaining('Another'),
    })
    expect(change?.after?.split('\n')).toHaveLength(7)
    mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: {} }))
    await writing
  })

  it.each([
    ['of 90 KB that is written over', 'Line of words\n'.repeat(6500), /is cut.* of 91,000 characters before/],
    ['of bytes that are no text', Buffer.from('89504e470d0a1a0a00ff', 'hex'), /no text/],
    ['of one line of 50,000 characters', 'word '.repeat(10_000), /is cut.* of 50,000 characters before/],
    ['that is empty', '', undefined],
  ])('of a file %s is shown, and what is left out is said', async (_, before, words) => {
    writeFileSync(join(folder, 'odd.txt'), before)
    const writing = write('odd.txt', 'New words')
    const { id } = await nextRequest(ground)
    const { summary, changes = [] } = (await previewIn(id)) ?? {}
    if (words) expect(summary).toMatch(words)
    else expect(summary).toBeUndefined()
    expect(changes).toMatchObject([{ label: join(folder, 'odd.txt'), after: 'New words' }])
    expect(changes[0]?.before?.slice(1, 10)).toBe(before.toString('utf8').slice(1, 10))
    mustSucceed(await ground.ben.consent(id))
    expect((await writing).isError).toBeFalsy()
    expect(readFileSync(join(folder, 'odd.txt'), 'utf8')).toBe('New words')
  })
})
