/** The example with the Claude Agent SDK: hook and tool called as Claude Code calls them. The tool alone holds, too. */
import { randomUUID } from 'node:crypto'
import { createAgentClient } from '@countersign/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { expect, it } from 'vitest'
import { claudeOptions } from '../../../src/demo/examples/with-claude-agent.ts'
import { helpdeskWorld, POST, watched } from './helpdesk-world.ts'

const world = await helpdeskWorld()

async function agent() {
  const { client: countersign, next, count } = watched(world.countersign)
  const forum = world.forum()
  const { mcpServers, hooks } = claudeOptions(countersign, forum)
  const client = new Client({ name: 'claude-code', version: '1.0.0' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([mcpServers.forum.instance.connect(there), client.connect(here)])
  const [matcher] = hooks.PreToolUse
  const hook = (id: string, tool_input: object = POST, tool_name = 'mcp__forum__post') => {
    const input = { hook_event_name: 'PreToolUse', tool_name, tool_input }
    return matcher?.hooks[0]?.(input, id, { signal: new AbortController().signal })
  }
  const call = (id: string, args = POST) =>
    client.callTool({ name: 'post', arguments: args, _meta: { 'claudecode/toolUseId': id } })
  return { matcher, hook, call, forum, next, count }
}

const decided = (permissionDecision: string, reason?: string) => ({
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision,
    ...(reason && { permissionDecisionReason: expect.stringContaining(reason) }),
  },
})
const refused = (kind: string) => ({
  isError: true,
  content: [{ text: expect.stringContaining(`"refused":"${kind}"`) }],
})

it('the hook waits, and the tool runs once with what people consented to', async () => {
  const { matcher, hook, call, forum, next, count } = await agent()
  expect(matcher).toMatchObject({ matcher: 'mcp__forum__post', onFailure: 'block', timeout: 3600 })
  const id = randomUUID()
  const waiting = hook(id)
  await world.consent((await next()).id)
  expect(await waiting).toEqual(decided('allow'))
  expect(await call(id)).toMatchObject({ content: [{ text: expect.stringMatching(/^Post 1 is published/) }] })
  expect(await call(id)).toMatchObject(refused('executor'))
  expect(forum.posts).toEqual([POST])
  expect(count()).toBe(1)
})

it('the hook tells denied, withdrawn and stopped apart, and the tool refuses each even where the hook is ignored', async () => {
  const denied = ['denied', (id: string) => world.deny(id, 'Ask first')] as const
  for (const [ending, end] of [denied, ...world.endings]) {
    const { hook, call, forum, next } = await agent()
    const id = randomUUID()
    const waiting = hook(id)
    await end((await next()).id)
    expect(await waiting).toEqual(decided('deny', `"refused":"${ending}"`))
    expect(await call(id)).toMatchObject(refused(ending))
    expect(forum.posts).toEqual([])
  }
})

it('the tool asks by itself where the hook did not run, and anew for arguments that were changed after it', async () => {
  const { hook, call, forum, next } = await agent()
  const id = randomUUID()
  const waiting = hook(id)
  await world.consent((await next()).id)
  await waiting
  const changed = call(id, { ...POST, text: 'Throw it away.' })
  await world.deny((await next()).id, 'Not this')
  expect(await changed).toMatchObject(refused('denied'))
  const unhooked = call(randomUUID())
  await world.deny((await next()).id, 'Nor this')
  expect(await unhooked).toMatchObject(refused('denied'))
  expect(forum.posts).toEqual([])
})

it('the hook blocks where the authority cannot be reached, and the tool refuses by itself', async () => {
  const away = createAgentClient({
    issuer: 'https://approve.example',
    credential: `cs_agent_${'A'.repeat(43)}`,
    fetch: () => Promise.reject(new TypeError('fetch failed')),
  })
  const forum = world.forum()
  const { hooks, mcpServers } = claudeOptions(away, forum)
  const { signal } = new AbortController()
  const hook = hooks.PreToolUse[0]?.hooks[0]
  expect(await hook?.({ tool_name: 'mcp__forum__post', tool_input: POST }, randomUUID(), { signal })).toEqual(
    decided('deny', '"refused":"unavailable"'),
  )
  const client = new Client({ name: 'claude-code', version: '1.0.0' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([mcpServers.forum.instance.connect(there), client.connect(here)])
  const called = client.callTool({ name: 'post', arguments: POST, _meta: { 'claudecode/toolUseId': randomUUID() } })
  expect(await called).toMatchObject(refused('unavailable'))
  expect(forum.posts).toEqual([])
})

it('the hook has no say in the call of another tool that its matcher finds', async () => {
  const { hook, count } = await agent()
  expect(await hook(randomUUID(), POST, 'mcp__forum__post_everywhere')).toEqual({})
  expect(count()).toBe(0)
})
