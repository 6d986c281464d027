/** Resources of several servers: each is read at the server that named it, by a list, a template or a link. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createResourceOwners } from '../../src/gateway/session/resource-owners.ts'
import { approveTools, bin, connectClient, type Ground, startGround } from './ground.ts'

const TEXT = 'demo://resource/dynamic/text'

let ground: Ground
beforeAll(async () => {
  const told = fileURLToPath(new URL('told-server.mjs', import.meta.url))
  const log = join(mkdtempSync(join(tmpdir(), 'resources-')), 'log')
  ground = await startGround({
    told: { command: process.execPath, args: [told, log], tools: { say: 'read' } },
    all: { command: process.execPath, args: [bin('server-everything/dist/index.js')], tools: { '*': 'read' } },
  })
  await approveTools(ground)
})
afterAll(() => ground.stop())

async function templatesOf(client: Client) {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await client.listResourceTemplates(cursor === undefined ? {} : { cursor })
    found.push(...page.resourceTemplates.map(({ uriTemplate }) => uriTemplate))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

const link = (client: Client) => client.callTool({ name: 'all__get-resource-links', arguments: { count: 3 } })
const forge = (client: Client, uri: string) => {
  const content = [{ type: 'resource_link', uri, name: 'x' }]
  return client.callTool({ name: 'told__say', arguments: { outcome: { result: { content } } } })
}

describe('a resource', () => {
  it('of a template is read, followed and completed at its server', async () => {
    const client = await connectClient(ground)
    expect(await templatesOf(client)).toContain(`${TEXT}/{resourceId}`)
    expect((await client.readResource({ uri: `${TEXT}/1` })).contents).toMatchObject([{ uri: `${TEXT}/1` }])
    await client.subscribeResource({ uri: `${TEXT}/1` })
    const ref = { type: 'ref/resource' as const, uri: `${TEXT}/{resourceId}` }
    const { completion } = await client.complete({ ref, argument: { name: 'resourceId', value: '1' } })
    expect(completion.values).toContain('1')
    // Another server that links to it has no part in it.
    await forge(client, `${TEXT}/2`)
    expect((await client.readResource({ uri: `${TEXT}/2` })).contents).toMatchObject([{ uri: `${TEXT}/2` }])
    await client.close()
  })

  it('that a result links to is read at its server, unless two servers link to it', async () => {
    const client = await connectClient(ground)
    await expect(client.readResource({ uri: `${TEXT}/2` })).rejects.toThrow(/No server has named this resource/)
    await link(client)
    expect((await client.readResource({ uri: `${TEXT}/2` })).contents).toMatchObject([{ uri: `${TEXT}/2` }])
    await forge(client, `${TEXT}/2`)
    await expect(client.readResource({ uri: `${TEXT}/2` })).rejects.toThrow(/told and all both name this resource/)
    await client.close()
  })
})

describe('the servers of a resource', () => {
  const result = (value: object) => ({ result: JSON.parse(JSON.stringify(value)) })
  it.each([
    ['a tool’s result', { content: [{ type: 'resource_link', uri: 'a:b' }] }],
    ['a resource in one', { content: [{ type: 'resource', resource: { uri: 'a:b', text: '' } }] }],
    ['the result of a task', { taskId: 'x', result: { content: [{ type: 'resource_link', uri: 'a:b' }] } }],
    ['a prompt', { messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'a:b' } } }] }],
  ])('are found by %s', (_, linked) => {
    const owners = createResourceOwners(['one', 'two'])
    owners.noteLinks('two', result(linked))
    expect(owners.find('a:b')).toEqual(['two'])
  })

  it('are those with the best claim, whoever made the first', () => {
    const owners = createResourceOwners(['one', 'two'])
    owners.noteLinks('one', result({ content: [{ type: 'resource_link', uri: 'a:b' }] }))
    owners.noteList('two', [{ uriTemplate: 'a:{x}' }])
    expect(owners.find('a:b')).toEqual(['two'])
    owners.noteList('one', [{ uri: 'a:b' }])
    expect(owners.find('a:b')).toEqual(['one'])
    owners.noteList('two', [{ uri: 'a:b' }])
    expect(owners.find('a:b')).toEqual(['one', 'two'])
  })

  it.each([
    ['a:{x}', 'a:', true],
    ['a:{x}', 'b:c', false],
    ['a:{x}/{y}.txt', 'a:1/2.txt', true],
    ['a:{x}/{y}.txt', 'a:1.txt', false],
    ['a:{x}{y}', 'a:12', true],
    ['a:b{?q,r}', 'a:b?q=1', true],
    ['a:bc{x}bc', 'a:bc', false],
    ['{+x}', 'a:b', false],
    ['a:b', 'a:b', true],
    [`a:${'{x}a'.repeat(400)}`, `a:${'a'.repeat(1900)}b`, false],
  ])('by the template %s of %s: %s', (uriTemplate, uri, fits) => {
    const owners = createResourceOwners(['one', 'two'])
    owners.noteList('two', [{ uriTemplate }])
    expect(owners.find(uri)).toEqual(fits ? ['two'] : [])
  })

  it('forget the oldest of one server alone', () => {
    const owners = createResourceOwners(['one', 'two'])
    owners.noteList('one', [{ uri: 'a:b' }, { uri: `a:${'x'.repeat(3000)}` }])
    owners.noteList(
      'two',
      Array.from({ length: 20_001 }, (_, at) => ({ uri: `b:${at}` })),
    )
    expect(['a:b', `a:${'x'.repeat(3000)}`, 'b:0', 'b:20000'].map((uri) => owners.find(uri))).toEqual([
      ['one'],
      [],
      [],
      ['two'],
    ])
  })
})
