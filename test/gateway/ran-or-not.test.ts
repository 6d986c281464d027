/** What the client and the ledger are told of a call that ran, may have run, or did not: also by a gateway that was killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGateway } from '../../src/gateway/gateway.ts'
import { freePort, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { type CutLine, layLine } from './cut-line.ts'
import { approveTools, countLines, type Ground, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const built = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'ran-'))
const file = (name: string) => join(folder, name)
const ran = (text: string) => countLines(file('calls'), text)

let ground: Ground
let line: CutLine
const children: ChildProcess[] = []
beforeAll(async () => {
  const [seen, behind] = [await freePort(), await freePort()]
  line = await layLine(seen, behind)
  const args = [fileURLToPath(new URL('fake-server.mjs', import.meta.url)), folder]
  const refusing = { dry_run: { tool: 'denied', arguments: { text: '{text}' } } }
  const tools = {
    ...{ note: 'write', hang: 'write', wait: 'write', die: 'write', garble: 'write', overflow: 'write' },
    lie: { effect: 'write', preview: refusing },
    '*': 'read',
  }
  const settings = { COUNTERSIGN_ORIGIN: `http://localhost:${seen}`, COUNTERSIGN_PORT: String(behind) }
  ground = await startGround({ fake: { command: process.execPath, args, tools } }, { hold_seconds: 20 }, settings)
  writeFileSync(file('gateway.json'), JSON.stringify(ground.config))
  await approveTools(ground)
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await line.close()
  await ground.stop()
})

/** A gateway in a process of its own. */
async function started(): Promise<{ readonly raw: RawClient; readonly child: ChildProcess }> {
  const env = { ...process.env, ...ground.environment }
  const child = spawn(process.execPath, [built, 'mcp', '--config', file('gateway.json')], { env })
  children.push(child)
  const [input, output] = [new PassThrough(), new PassThrough()]
  input.pipe(child.stdin)
  child.stdout.pipe(output)
  return { child, raw: await connectRaw({ input, output }) }
}

async function killed(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await ended
}

const connected = async () => connectRaw(openSession(ground))

/** The structured content and the words of an answer. */
async function told(raw: RawClient, id: number) {
  const [answer] = await raw.answers(id)
  const { structuredContent = {}, content } = answer?.result ?? {}
  return { ...Object(structuredContent), words: JSON.stringify(content ?? answer?.error?.message) }
}

async function status(raw: RawClient, id: number, request: string) {
  raw.call(id, 'get_request_status', { request })
  return told(raw, id)
}

const consentTo = async () => {
  const { id } = await nextRequest(ground)
  mustSucceed(await ground.ben.consent(id))
  return id
}

const outcomeOf = async (request: string) =>
  mustSucceed(await ground.authority.operator.call('requestContent', { params: { id: request } })).request.outcome

describe('a gateway that is killed', () => {
  it('while a call runs says afterwards that it may have run, reports so, and runs it no second time', async () => {
    const first = await started()
    first.raw.call(1, 'hang', { text: 'killed' })
    const request = await consentTo()
    await waitFor(() => expect(existsSync(file('hung'))).toBe(true))
    await killed(first.child)
    const next = await started()
    next.raw.call(1, 'hang', { text: 'killed' })
    const answer = await told(next.raw, 1)
    expect(answer).toMatchObject({ status: 'indeterminate', executed: 'unknown', request })
    expect(answer.words).toMatch(/not known.*Look at what there is before you repeat it/)
    expect(answer.words).not.toContain('Nothing was executed')
    expect(readFileSync(file('hung'), 'utf8')).toBe('x')
    await waitFor(async () => expect(await outcomeOf(request)).toBe('indeterminate'))
    expect(await status(next.raw, 2, request)).toMatchObject({
      ...{ state: 'approved', outcome: 'unknown', executed: 'unknown' },
    })
    await killed(next.child)
  })

  it('after consent and before the call runs it once, and asks nobody again', async () => {
    const first = await started()
    first.raw.send({ id: 1, method: 'tools/call', params: { name: 'note', arguments: { text: 'before' } } })
    expect(await told(first.raw, 1)).toMatchObject({ status: 'approval_required', executed: false })
    const request = await consentTo()
    expect(await status(first.raw, 2, request)).toMatchObject({ state: 'approved', executed: false })
    await killed(first.child)
    const next = await started()
    next.raw.send({ id: 1, method: 'tools/call', params: { name: 'note', arguments: { text: 'before' } } })
    expect((await told(next.raw, 1)).words).toContain('noted')
    expect(ran('before')).toBe(1)
    expect(await waiting(ground)).toEqual([])
    expect(await status(next.raw, 2, request)).toMatchObject({ outcome: 'succeeded', executed: true })
    await killed(next.child)
  })

  it('by SIGTERM while a call runs reports that nobody knows', async () => {
    const { raw, child } = await started()
    raw.call(1, 'hang', { text: 'terminated' })
    const request = await consentTo()
    await waitFor(() => expect(readFileSync(file('hung'), 'utf8')).toBe('xx'))
    await killed(child, 'SIGTERM')
    expect(await outcomeOf(request)).toBe('indeterminate')
  })
})

describe('a gateway that is suspended', () => {
  it('while a call runs is taken for ended, and its own report corrects that', async () => {
    const { raw, child } = await started()
    raw.call(1, 'wait', { text: 'resumed' })
    const request = await consentTo()
    await waitFor(() => expect(ran('resumed')).toBe(1))
    child.kill('SIGSTOP')
    await waitFor(async () => expect(await outcomeOf(request)).toBe('indeterminate'))
    child.kill('SIGCONT')
    writeFileSync(file('resumed'), '')
    expect((await told(raw, 1)).words).toContain('waited')
    await waitFor(async () => expect(await outcomeOf(request)).toBe('succeeded'))
    await killed(child)
  })

  it('is not taken for ended while it lives, however long its call runs', async () => {
    const { raw, child } = await started()
    raw.call(1, 'wait', { text: 'slow' })
    const request = await consentTo()
    await waitFor(() => expect(ran('slow')).toBe(1))
    const other = await started()
    await setTimeout(13_000)
    expect(await outcomeOf(request)).toBe('running')
    writeFileSync(file('slow'), '')
    expect((await told(raw, 1)).words).toContain('waited')
    expect(await outcomeOf(request)).toBe('succeeded')
    await killed(child)
    await killed(other.child)
  })
})

describe('a state folder that cannot be used', () => {
  const folderOf = () => ground.config.state_dir ?? expect.fail('none')

  it('stops the start, with its place and the next step', async () => {
    const taken = file('taken')
    writeFileSync(taken, '')
    for (const state_dir of [taken, join(taken, 'below')])
      await expect(
        createGateway({ ...ground.config, state_dir }, { environment: ground.environment, log: () => {} }),
      ).rejects.toThrow(
        /^state_dir: .*taken.* cannot be used \(E(EXIST|NOTDIR)\)\. A file stands in its .*name another/,
      )
  })

  it('later on lets nothing run that needs approval, spends nothing, and runs it once the folder is there', async () => {
    const raw = await connected()
    raw.send({ id: 1, method: 'tools/call', params: { name: 'note', arguments: { text: 'kept back' } } })
    expect(await told(raw, 1)).toMatchObject({ status: 'approval_required' })
    const request = await consentTo()
    renameSync(folderOf(), `${folderOf()}.away`)
    writeFileSync(folderOf(), '')
    for (const [id, text] of [
      [2, 'kept back'],
      [3, 'new'],
    ] as const) {
      raw.call(id, 'note', { text })
      expect(await told(raw, id)).toMatchObject({ status: 'state_unwritable', executed: false })
    }
    raw.call(4, 'look')
    expect((await told(raw, 4)).words).toContain('seen')
    expect([ran('kept back'), ran('new'), await waiting(ground)]).toEqual([0, 0, []])
    expect(ground.lines.join()).toMatch(/cannot be used \(ENOTDIR\).*no call runs that needs approval/)
    rmSync(folderOf())
    renameSync(`${folderOf()}.away`, folderOf())
    raw.call(5, 'note', { text: 'kept back' })
    expect((await told(raw, 5)).words).toContain('noted')
    expect(await status(raw, 6, request)).toMatchObject({ outcome: 'succeeded' })
  })
})

describe('a call that its server does not answer', () => {
  it.each(['die', 'garble'])('is indeterminate, for the client and in the ledger (%s)', async (name) => {
    const raw = await connected()
    raw.call(1, name)
    const request = await consentTo()
    expect(await told(raw, 1)).toMatchObject({ status: 'indeterminate', executed: 'unknown', request })
    await waitFor(async () => expect(await outcomeOf(request)).toBe('indeterminate'))
    expect((await status(await connected(), 2, request)).words).toContain('not known')
  })

  it('and that only reads may simply be made again', async () => {
    const raw = await connected()
    raw.call(1, 'drop')
    expect((await told(raw, 1)).words).toMatch(/It only reads: make it again/)
  })

  it('or that it answers with megabytes, has run: its end is not known, in the ledger too', async () => {
    const raw = await connected()
    raw.call(1, 'overflow')
    const request = await consentTo()
    const { words, ...facts } = await told(raw, 1)
    expect(facts).toMatchObject({ status: 'indeterminate', executed: 'unknown', request })
    expect(words).toMatch(/answered. The message is larger than 8 MiB. The server has acted on the call/)
    await waitFor(async () => expect(await outcomeOf(request)).toBe('indeterminate'))
  })
})

describe('an outcome that cannot be delivered', () => {
  it('is kept, and reported by the next gateway when the authority is back', async () => {
    const { raw, child } = await started()
    raw.call(1, 'note', { text: 'kept' })
    line.cutAt('/outcome')
    const request = await consentTo()
    expect((await told(raw, 1)).words).toContain('noted')
    const runs = join(ground.config.state_dir ?? '', 'runs')
    expect(readdirSync(runs)).toEqual([expect.stringMatching(new RegExp(`^${request}\\.[\\w-]{22}\\.1\\.json$`))])
    await killed(child)
    line.mend()
    expect(await outcomeOf(request)).toBe('running')
    const next = await started()
    await waitFor(async () => expect(await outcomeOf(request)).toBe('succeeded'))
    await waitFor(() => expect(readdirSync(runs)).toEqual([]))
    await killed(next.child)
  })
})

describe('a call that a person denied', () => {
  it('is told as denied with the reason, and asks nobody again, also after a restart', async () => {
    const raw = await connected()
    raw.call(1, 'note', { text: 'nag' })
    const { id } = await nextRequest(ground)
    mustSucceed(await ground.ben.page.call('deny', { params: { id }, body: { reason: 'Not on a Friday' } }))
    const other = await ground.another()
    for (const [at, client] of [raw, raw, await connectRaw(openSession({ gateway: other }))].entries()) {
      client.call(10 + at, 'note', { text: 'nag' })
      const answer = await told(client, 10 + at)
      expect(answer).toMatchObject({ status: 'request_denied', executed: false, request: id })
      expect(answer.words).toContain('Not on a Friday')
    }
    expect(await waiting(ground)).toEqual([])
    raw.call(20, 'request_access', { tool: 'note', arguments: { text: 'nag' } })
    expect(await told(raw, 20)).toMatchObject({ status: 'request_denied' })
    await other.close()
  })
})

describe('two gateways with one folder', () => {
  it('make one request of the same call, and run it once', async () => {
    const other = await ground.another()
    const clients = [await connected(), await connectRaw(openSession({ gateway: other }))] as const
    for (const client of clients) client.call(1, 'note', { text: 'twice' })
    await consentTo()
    const answers = await Promise.all(clients.map((client) => told(client, 1)))
    expect(ran('twice')).toBe(1)
    const [loser] = answers.filter(({ words }) => !words.includes('noted'))
    expect(answers.filter(({ words }) => words.includes('noted'))).toHaveLength(1)
    expect(loser?.executed).not.toBe(false)
    expect(await waiting(ground)).toEqual([])
    await other.close()
  })
})

describe('a server that refuses to show what a call would change', () => {
  it.each([
    ['Access denied: /etc is outside', 'Access denied: /etc is outside'],
    ['Could not find exact match\u202e"', 'Could not find exact match\\\\u{202e}'],
  ])('is quoted in its own words, with a next step (%j)', async (text, words) => {
    const raw = await connected()
    raw.call(1, 'lie', { text })
    const answer = await told(raw, 1)
    expect(answer).toMatchObject({ status: 'state_unknown', executed: false })
    expect(answer.words).toMatch(/the server’s own words|the server\\u2019s own words/i)
    expect(answer.words).toContain(words)
    expect(answer.words).not.toContain('again in a while')
    expect(await waiting(ground)).toEqual([])
  })
})
