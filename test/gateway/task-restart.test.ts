/** Tasks after the end of their gateway: a client that polls its task goes on at the next one. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStdio } from '../../src/gateway/channel/stdio.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { createInstance } from '../../src/gateway/state/instance.ts'
import { createTaskFiles } from '../../src/gateway/state/task-files.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { AGENT, AUDIENCE, approveTools, countLines, type Ground, nextRequest, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const built = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'restart-'))
const ran = (text: string) => countLines(join(folder, 'calls'), text)

const ERA = 'io.modelcontextprotocol/'
const META = {
  [`${ERA}protocolVersion`]: '2026-07-28',
  [`${ERA}clientInfo`]: { name: 'raw', version: '1' },
  [`${ERA}clientCapabilities`]: { extensions: { [`${ERA}tasks`]: {} } },
}

let ground: Ground
const children: ChildProcess[] = []
beforeAll(async () => {
  const args = [fileURLToPath(new URL('modern-server.mjs', import.meta.url)), folder]
  ground = await startGround({ modern: { command: process.execPath, args, tools: { look: 'read', '*': 'write' } } })
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(ground.config))
  await approveTools(ground)
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await ground.stop()
})

async function started() {
  const env = { ...process.env, ...ground.environment }
  const child = spawn(process.execPath, [built, 'mcp', '--config', join(folder, 'gateway.json')], { env })
  children.push(child)
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.pipe(child.stdin)
  child.stdout.pipe(output)
  return { child, raw: await connectRaw({ input, output }, { initialize: false }) }
}

async function killed(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

let lastId = 0
async function ask(raw: RawClient, method: string, params: object) {
  const id = ++lastId
  raw.send({ id, method, params: { ...params, _meta: META } })
  const [answer] = await raw.answers(id)
  return answer ?? expect.fail('no answer')
}
const begin = async (raw: RawClient, text: string): Promise<string> => {
  const { result } = await ask(raw, 'tools/call', { name: 'write', arguments: { text } })
  expect(result).toMatchObject({ resultType: 'task' })
  return String(result?.['taskId'])
}

describe('a task whose gateway was killed', () => {
  it('waits on for the same request, runs once, and says afterwards that it ran', async () => {
    const first = await started()
    const taskId = await begin(first.raw, 'survives')
    const { id } = await nextRequest(ground)
    await killed(first.child)
    const next = await started()
    const { result } = await ask(next.raw, 'tasks/get', { taskId })
    expect(result).toMatchObject({
      taskId,
      status: 'working',
      statusMessage: expect.stringContaining(`/approve/${id}`),
    })
    mustSucceed(await ground.ben.consent(id))
    await waitFor(async () =>
      expect((await ask(next.raw, 'tasks/get', { taskId })).result).toMatchObject({
        ...{ status: 'completed', result: { content: [{ text: 'written' }] } },
      }),
    )
    await killed(next.child)
    const last = await started()
    await waitFor(async () =>
      expect((await ask(last.raw, 'tasks/get', { taskId })).result).toMatchObject({
        ...{ status: 'completed', result: { structuredContent: { status: 'token_redeemed', executed: true } } },
      }),
    )
    expect([ran('survives'), await waiting(ground)]).toEqual([1, []])
    await killed(last.child)
  })

  it('is cancelled at the next one, and tells a denial', async () => {
    const first = await started()
    const [cancelled, denied] = [await begin(first.raw, 'cancelled'), await begin(first.raw, 'denied')]
    await killed(first.child)
    const next = await started()
    await ask(next.raw, 'tasks/cancel', { taskId: cancelled })
    expect((await ask(next.raw, 'tasks/get', { taskId: cancelled })).result).toMatchObject({ status: 'cancelled' })
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: { reason: 'Not on a Friday' } }))
    await waitFor(async () =>
      expect(JSON.stringify((await ask(next.raw, 'tasks/get', { taskId: denied })).result)).toContain(
        'Not on a Friday',
      ),
    )
    await killed(next.child)
  })
})

async function secondAgent(): Promise<string> {
  const { credential } = await administer(ground.authority, ground.ada, {
    name: 'countersign.agent.add',
    resource: 'agent:other-agent',
    arguments: { id: 'other-agent', executors: [AUDIENCE] },
  })
  return credential ?? expect.fail('no credential')
}

describe('a task', () => {
  it('is its agent’s alone, at every gateway of the folder', async () => {
    const other = await secondAgent()
    const agents = { ...ground.config.agents, 'other-agent': { credential: { env: 'OTHER' } } }
    const environment = { ...ground.environment, OTHER: other }
    const gateway = await createGateway({ ...ground.config, agents }, { environment, log: () => {} })
    const connect = async (of: string) => {
      const [input, output] = [new PassThrough(), new PassThrough()]
      gateway.open(gateway.agents.get(of) ?? expect.fail('no agent'), openStdio(input, output), () => {})
      return connectRaw({ input, output }, { initialize: false })
    }
    const first = await started()
    const taskId = await begin(first.raw, 'mine')
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel'])
      expect((await ask(await connect('other-agent'), method, { taskId })).error).toMatchObject({ code: -32602 })
    expect((await ask(await connect(AGENT), 'tasks/get', { taskId })).result).toMatchObject({ status: 'working' })
    await ask(await connect(AGENT), 'tasks/cancel', { taskId })
    await gateway.close()
    await killed(first.child)
  })

  it('is kept without a readable part of its call, for its agent and its credential', async () => {
    const state = mkdtempSync(join(tmpdir(), 'tasks-'))
    const instance = await createInstance({ folder: state, failed: () => {} })
    const files = await createTaskFiles(instance, 'cs_executor_one')
    const request = { id: 'r', url: 'https://approve.example/approve/r', expiresAt: Date.now() / 1000 + 60 }
    const id = `countersign.task.${'A'.repeat(32)}`
    const times = { createdAt: 1, endsAt: Date.now() + 60_000 }
    const task = {
      id,
      agent: 'a',
      key: 'k',
      request,
      ...times,
      params: { name: 'write', arguments: { text: 'secret' } },
    }
    await files.keep(task)
    const [name = ''] = readdirSync(join(state, 'tasks'))
    const kept = readFileSync(join(state, 'tasks', name), 'utf8')
    expect(kept).not.toMatch(/secret|write/)
    expect(await files.find(id, 'a')).toEqual(task)
    expect(await files.find(id, 'b')).toBeUndefined()
    expect(await files.find(`countersign.task.../${'A'.repeat(32)}`, 'a')).toBeUndefined()
    const { user } = process.cpuUsage()
    expect(await files.find(`countersign.task.${'A'.repeat(1_000_000)}!`, 'a')).toBeUndefined()
    expect(process.cpuUsage().user - user).toBeLessThan(1_000_000)
    writeFileSync(join(state, 'tasks', name), kept.replace('"agent":"a"', '"agent":"b"'))
    expect(await files.find(id, 'b')).toBeUndefined()
    await createTaskFiles(instance, 'cs_executor_other')
    expect(existsSync(join(state, 'tasks', name))).toBe(false)
    await instance.close()
  })
})
