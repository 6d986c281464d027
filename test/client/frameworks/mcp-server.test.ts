/** MCP servers of both SDKs as executors, with their real clients: no tool runs without a token for exactly this call. */
import { APPROVAL_TOKEN, approved, type McpResult, REFUSAL } from '@countersign/verifier/mcp'
import { Client as Client2 } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { InMemoryTransport as InMemoryTransport2, McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { mcpForum } from '../../../src/demo/examples/mcp-forum.ts'
import { helpdeskWorld, POST } from './helpdesk-world.ts'

const world = await helpdeskWorld()

type Post = typeof POST
type Call = (args: Post, meta?: Record<string, unknown>) => Promise<unknown>

async function withSdk1() {
  const { posts, server } = mcpForum(world.verifier)
  const client = new Client({ name: 'agent', version: '1.0.0' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(there), client.connect(here)])
  const call: Call = (args, _meta) => client.callTool({ name: 'post', arguments: args, ...(_meta && { _meta }) })
  return { posts, call }
}

async function withSdk2() {
  const posts: Post[] = []
  const server = new McpServer2({ name: 'help-forum', version: '1.0.0' })
  const handler = approved(world.verifier, 'forum.post', {
    resource: ({ thread }: Post) => `forum:eng/threads/${thread}`,
    run: (args) => `Post ${posts.push({ ...args })} is published.`,
  })
  server.registerTool('post', { inputSchema: z.object({ thread: z.string(), text: z.string() }) }, handler)
  const client = new Client2({ name: 'agent', version: '1.0.0' })
  const [here, there] = InMemoryTransport2.createLinkedPair()
  await Promise.all([server.connect(there), client.connect(here)])
  const call: Call = (args, _meta) => client.callTool({ name: 'post', arguments: args, ...(_meta && { _meta }) })
  return { posts, call }
}

const refused = (code: string): Partial<McpResult> => ({
  isError: true,
  _meta: expect.objectContaining({ [REFUSAL]: expect.objectContaining({ code }) }),
})

describe.each([
  ['1.x', withSdk1],
  ['2.x', withSdk2],
])('a server with the SDK %s', (_, start) => {
  it('runs a call once, with the challenge relayed and a person’s consent', async () => {
    const { posts, call } = await start()
    const asked = await call(POST)
    expect(asked).toMatchObject(refused('token_missing'))
    const { [REFUSAL]: refusal } = z.object({ _meta: z.record(z.string(), z.any()) }).parse(asked)._meta
    const relaying = world.countersign.relay(refusal.challenge, {
      onOpened: ({ id }) => void world.consent(id),
    })
    const meta = { [APPROVAL_TOKEN]: (await relaying).token }
    expect(await call({ ...POST, text: 'Throw it away.' }, meta)).toMatchObject(refused('action_mismatch'))
    expect(await call(POST, meta)).toMatchObject({ content: [{ text: expect.stringMatching(/^Post 1 is published/) }] })
    expect(await call(POST, meta)).toMatchObject(refused('token_redeemed'))
    expect(posts).toEqual([POST])
  })

  it('tells a call that was stopped from one that came too late, and runs neither', async () => {
    const { posts, call } = await start()
    const tokenFor = async () => {
      const asked = z.object({ _meta: z.record(z.string(), z.any()) }).parse(await call(POST))._meta
      let request = ''
      const onOpened = ({ id }: { readonly id: string }) => {
        request = id
        void world.consent(id)
      }
      const { token } = await world.countersign.relay(asked[REFUSAL].challenge, { onOpened })
      return { request, meta: { [APPROVAL_TOKEN]: token } }
    }
    const revoked = await tokenFor()
    await world.revoke(revoked.request)
    expect(await call(POST, revoked.meta)).toMatchObject(refused('token_revoked'))
    const late = await tokenFor()
    world.authority.advance(3600)
    expect(await call(POST, late.meta)).toMatchObject(refused('token_expired'))
    expect(posts).toEqual([])
  })

  it('runs nothing for a handler that is called around the server', async () => {
    const posts: Post[] = []
    const handler = approved(world.verifier, 'forum.post', {
      resource: ({ thread }: Post) => `forum:eng/threads/${thread}`,
      run: (args) => `Post ${posts.push({ ...args })} is published.`,
    })
    for (const around of [{}, { _meta: {} }, { mcpReq: { _meta: { approved: true } } }])
      expect(await handler(POST, around)).toMatchObject(refused('token_missing'))
    expect(posts).toEqual([])
  })

  it.each([
    ['no token', {}, 'token_missing'],
    ['another kind of value', { [APPROVAL_TOKEN]: 7 }, 'token_malformed'],
    ['another text', { [APPROVAL_TOKEN]: 'eyJ' }, 'token_malformed'],
    ['a claim of approval', { approved: true }, 'token_missing'],
  ])('refuses %s', async (_what, meta, code) => {
    const { posts, call } = await start()
    expect(await call(POST, meta)).toMatchObject(refused(code))
    expect(posts).toEqual([])
  })
})
