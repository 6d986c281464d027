/** Every way of waiting, with the real clients of the SDKs: by what the client declared, never by what it is called. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client as ModernClient } from '@modelcontextprotocol/client'
import { UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRequestStates } from '../../src/gateway/waiting/request-state.ts'
import { mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { approveTools, connectClient, type Ground, idIn, nextRequest, openSession, startGround } from './ground.ts'
import { connectRaw } from './raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'modern-'))
const calls = () =>
  existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').split('\n').filter(Boolean) : []
const AUTHORIZATION = 'io.modelcontextprotocol/authorization'

/** Everything that ran was approved, and its token was spent. */
async function expectSpent(): Promise<void> {
  const all = await ground.authority.store.entriesAfter({ after: 0, limit: 10_000 })
  const spent = all
    .map(({ body }) => JSON.parse(body))
    .filter(({ type, name }) => type === 'token.redeemed' && /^modern\./.test(name))
  expect(spent).toHaveLength(calls().length)
}

let ground: Ground
beforeAll(async () => {
  const args = [fileURLToPath(new URL('modern-server.mjs', import.meta.url)), folder]
  const tools = { look: 'read', '*': 'write' }
  ground = await startGround({ modern: { command: process.execPath, args, tools } }, { hold_seconds: 20 })
  await approveTools(ground)
})
afterAll(() => ground.stop())
afterEach(expectSpent)

/** The client of 2.x, in the protocol of 2026-07-28. `visited` has the links that it showed. */
async function connectModern(onLink: (url: string) => 'accept' | 'decline', content = {}) {
  const { input, output } = openSession(ground)
  const client = new ModernClient(
    { name: 'modern-client', version: '1.0.0' },
    { capabilities: { elicitation: { url: {}, form: {} } }, versionNegotiation: { mode: 'auto' } },
  )
  client.setRequestHandler('elicitation/create', ({ params }) =>
    'url' in params ? { action: onLink(String(params.url)) } : { action: 'accept', content },
  )
  await client.connect(new StdioServerTransport(output, input))
  return client
}

describe('a client of 2026-07-28', () => {
  it('is asked to open the link, comes back with the state, waits, and gets its result', async () => {
    const visited: string[] = []
    const client = await connectModern((url) => {
      visited.push(url)
      void ground.ben.consent(idIn(url))
      return 'accept'
    })
    expect(client.getInstructions()).toBe('Write with care.')
    const result = await client.callTool({ name: 'write', arguments: { text: 'modern' } })
    expect(result.content).toEqual([{ type: 'text', text: 'written' }])
    expect(visited).toHaveLength(1)
    expect(calls()).toEqual(['modern'])
    await client.close()
  })

  it('that declines to open it is told, and nothing runs', async () => {
    const client = await connectModern(() => 'decline')
    const declined = client.callTool({ name: 'write', arguments: { text: 'declined' } })
    mustSucceed(await ground.ben.page.call('deny', { params: { id: (await nextRequest(ground)).id }, body: {} }))
    expect(await declined).toMatchObject({ isError: true })
    expect(calls()).not.toContain('declined')
    await client.close()
  })
})

describe('a server that asks for input itself', () => {
  it('gets it within the same approval: the call is approved once, and runs once', async () => {
    let links = 0
    const consent = (url: string) => {
      links++
      void ground.ben.consent(idIn(url))
      return 'accept' as const
    }
    const client = await connectModern(consent, { confirm: true })
    const result = await client.callTool({ name: 'careful', arguments: { text: 'careful' } })
    expect(result.content).toEqual([{ type: 'text', text: 'carefully written' }])
    expect(links).toBe(1)
    await client.close()
  })
})

describe('a state that comes back', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { elicitation: { url: {} } },
  }
  const params = (text: string, more: object = {}) => ({ name: 'write', arguments: { text }, _meta: meta, ...more })

  it('is bound to its call: altered, or with another call, it is refused', async () => {
    const raw = await connectRaw(openSession(ground), { initialize: false })
    raw.send({ id: 1, method: 'tools/call', params: params('bound') })
    const [asked] = await raw.answers(1)
    expect(asked?.result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { approval: { method: 'elicitation/create', params: { mode: 'url' } } },
      _meta: { [AUTHORIZATION]: { reason: 'insufficient_authorization', remediation: 'available' } },
    })
    const requestState = String(asked?.result?.['requestState'])
    const altered = requestState.replace('countersign.W', 'countersign.X')
    for (const [id, more] of [
      [2, params('bound', { requestState: altered })],
      [3, params('other', { requestState })],
    ] as const) {
      raw.send({ id, method: 'tools/call', params: more })
      expect((await raw.answers(id))[0]?.error).toMatchObject({ code: -32602 })
    }
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.ben.consent(id))
    raw.send({
      id: 4,
      method: 'tools/call',
      params: params('bound', { requestState, inputResponses: { approval: { action: 'accept' } } }),
    })
    expect((await raw.answers(4))[0]?.result).toMatchObject({ resultType: 'complete', content: [{ text: 'written' }] })
    expect(calls().filter((line) => line === 'bound')).toHaveLength(1)
  })

  it('ends, and is of one gateway', () => {
    const clock = { now: 1_800_000_000 }
    const states = createRequestStates('secret', () => clock.now)
    const kept = { round: 3, request: { id: 'id', url: 'https://approve.example/approve/id', expiresAt: 1 } }
    const state = states.make('key', kept)
    expect(states.read(state, 'key')).toEqual(kept)
    expect(states.read(state, 'other')).toBeUndefined()
    expect(createRequestStates('other', () => clock.now).read(state, 'key')).toBeUndefined()
    clock.now += 86_401
    expect(states.read(state, 'key')).toBeUndefined()
  })
})

describe('a client of 2025-11-25 that shows links', () => {
  it('gets error -32042 with the link, is told when people have answered, and calls again', async () => {
    const client = await connectClient(ground, { elicitation: { url: {} } })
    const call = { name: 'write', arguments: { text: 'url' } }
    const error = await client.callTool(call).catch((thrown: unknown) => thrown)
    if (!(error instanceof UrlElicitationRequiredError)) throw new Error(`Not the error that was wanted: ${error}`)
    const [{ url, elicitationId } = expect.fail('no link')] = error.elicitations
    mustSucceed(await ground.ben.consent(idIn(url)))
    expect(elicitationId).toBe(idIn(url))
    expect((await client.callTool(call)).content).toEqual([{ type: 'text', text: 'written' }])
    await client.close()
  })
})

describe('a client that declared nothing', () => {
  const call = (text: string) => ({ name: 'write', arguments: { text } })

  it('gets an error result with the link at once, in text and as data, and is held when it calls again', async () => {
    const client = await connectClient(ground)
    const result = await client.callTool(call('plain'))
    const { id } = await nextRequest(ground)
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { status: 'approval_required', executed: false, request: id },
      _meta: { [AUTHORIZATION]: { remediation: 'undisclosed' } },
    })
    expect(JSON.stringify(result.content)).toContain(`/approve/${id}`)
    const again = client.callTool(call('plain'))
    mustSucceed(await ground.ben.consent(id))
    expect((await again).content).toEqual([{ type: 'text', text: 'written' }])
    expect(calls().filter((line) => line === 'plain')).toHaveLength(1)
    await client.close()
  })

  it('and takes progress is held, sees the link meanwhile, and gets it as the result when the time is up', async () => {
    const gateway = await ground.impatient()
    const client = await connectClient({ gateway })
    const seen: string[] = []
    const onprogress = ({ message = '' }: { message?: string | undefined }) => void seen.push(message)
    expect(await client.callTool(call('in time'), undefined, { onprogress })).toMatchObject({ isError: true })
    const { id } = await nextRequest(ground)
    await waitFor(() => expect(seen.join()).toContain(`/approve/${id}`))
    const patient = await connectClient(ground)
    const held = patient.callTool(call('in time'), undefined, { onprogress })
    await waitFor(() => expect(seen).toHaveLength(2))
    mustSucceed(await ground.ben.consent(id))
    expect((await held).content).toEqual([{ type: 'text', text: 'written' }])
    expect(calls().filter((line) => line === 'in time')).toHaveLength(1)
    await patient.close()
    await client.close()
    await gateway.close()
  })

  it('is told by a policy that denies that nothing can be done', async () => {
    const client = await connectClient(ground)
    await ground.authority.operator.call('engageKillSwitch', {
      body: { selector: { action: 'modern.*' }, reason: 'A test' },
    })
    const result = await client.callTool({ name: 'look', arguments: {} })
    expect(result).toMatchObject({ isError: true, _meta: { [AUTHORIZATION]: { remediation: 'unavailable' } } })
    await client.close()
  })
})
