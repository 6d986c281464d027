/** The embedded database under lost locks, frozen holders and full disks: one process writes, or none does. */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newSalt } from '@countersign/verifier'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { type Running, startCommand } from '../cli/run-command.ts'
import { freePort, OPERATOR } from '../setup/authority.ts'

// Every case starts processes that open a database.
vi.setConfig({ testTimeout: 180_000 })

const preload = fileURLToPath(new URL('../setup/full-disk.mjs', import.meta.url))

const running: Running[] = []
let folder: string
let dataDir: string
let fullDisk: string
let origin: string
beforeEach(async () => {
  origin = `http://localhost:${await freePort()}`
  folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
  dataDir = join(folder, 'data')
  fullDisk = join(folder, 'full')
})
afterEach(async () => {
  for (const { signal, ended } of running.splice(0)) {
    signal('SIGCONT')
    signal('SIGKILL')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

/** `port`: of a second process beside the first. */
async function launch(directory = dataDir, port?: number, more = {}) {
  const server = startCommand(['serve', '--data-dir', directory], {
    COUNTERSIGN_ORIGIN: origin,
    COUNTERSIGN_PORT: port === undefined ? undefined : String(port),
    COUNTERSIGN_LOG_LEVEL: 'silent',
    COUNTERSIGN_OPERATOR_CREDENTIAL: OPERATOR,
    NODE_OPTIONS: `--import=${preload}`,
    FULL_DISK: fullDisk,
    ...more,
  })
  running.push(server)
  return { ...server, origin, operator: createClient({ origin, credential: OPERATOR, fetch }) }
}

async function serving(more = {}) {
  const server = await launch(dataDir, undefined, more)
  await expect.poll(server.stdout).toContain(server.origin)
  return server
}

/** A second process, which finds the port free and the directory taken. */
const beside = async (directory = dataDir) => launch(directory, await freePort())

type Server = Awaited<ReturnType<typeof launch>>

const ready = async ({ origin }: Server) => (await fetch(`${origin}/readyz`)).status
const addAgent = async ({ operator }: Server, id: string) => {
  const action = { name: 'countersign.agent.add', resource: `agent:${id}`, arguments: { id }, salt: newSalt() }
  return operator.call('administer', { body: { action } })
}
const agents = async ({ operator }: Server) => {
  const answer = await operator.call('listAgents')
  return answer.ok ? answer.value.agents.map(({ id }) => id) : []
}

describe('the lock', () => {
  it('lets no second process in where its file was removed, and the first stops serving', async () => {
    const first = await serving()
    expect((await addAgent(first, 'first-agent')).status).toBe(201)
    rmSync(join(dataDir, 'lock'))
    const second = await beside()
    const ends = await Promise.race([first.ended, second.ended])
    expect(ends.code).not.toBe(0)
    const { code, stderr } = await first.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/no longer held: .*lock was removed or replaced/)
    if (second.exitCode() !== null) expect((await second.ended).stderr).toMatch(/is in use by process \d+/)
    second.signal('SIGTERM')
    await second.ended
    const again = await serving()
    expect(await agents(again)).toContain('first-agent')
    expect(await ready(again)).toBe(200)
  })

  it('of a frozen process whose file was removed keeps others out, and names it', async () => {
    const first = await serving()
    first.signal('SIGSTOP')
    rmSync(join(dataDir, 'lock'))
    const second = await beside()
    const { code, stderr } = await second.ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/is in use by process \d+, which does not answer\. Resume it with kill -CONT \d+/)
    first.signal('SIGCONT')
    expect((await first.ended).code).toBe(1)
  })

  it('of a frozen process is named instead of waited for', async () => {
    const first = await serving()
    first.signal('SIGSTOP')
    const { code, stderr } = await (await beside()).ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/is in use by process \d+, which does not answer/)
    first.signal('SIGCONT')
    expect(await ready(first)).toBe(200)
  })

  it('is on the data: another path to the same directory leads to the same lock', async () => {
    const first = await serving()
    const alias = join(folder, 'alias')
    symlinkSync(dataDir, alias)
    const { code, stderr } = await (await beside(alias)).ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/is in use by process \d+/)
    expect(await ready(first)).toBe(200)
  })

  it('is free at once after SIGKILL', async () => {
    const first = await serving()
    first.signal('SIGKILL')
    await first.ended
    expect(await ready(await serving())).toBe(200)
  })
})

/** A process whose disk became full between two writes. One that is caught amid a write ends in words: start again. */
async function servingOnFullDisk(): Promise<Server> {
  for (let tries = 0; tries < 5; tries++) {
    const server = await serving()
    expect((await addAgent(server, `before-${tries}`)).status).toBe(201)
    writeFileSync(fullDisk, '')
    const { status } = await addAgent(server, 'during-agent')
    if (status === 503) return server
    const { code, stderr } = await server.ended
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/could not be written/) })
    rmSync(fullDisk)
  }
  return expect.fail('every process was caught amid a write')
}

describe('a full disk', () => {
  it('is named at a first start and at a later one, and is no reason to restore a backup', async () => {
    writeFileSync(fullDisk, '')
    const never = await (await launch()).ended
    rmSync(fullDisk)
    const first = await serving()
    first.signal('SIGTERM')
    await first.ended
    writeFileSync(fullDisk, '')
    const later = await (await launch()).ended
    for (const { code, stderr } of [never, later]) {
      expect(code).toBe(2)
      expect(stderr).toMatch(/The disk of .* is full \(ENOSPC\)\. Free space on it/)
      expect(stderr).not.toMatch(/backup|unexpected/)
    }
    rmSync(fullDisk)
    expect(await ready(await serving())).toBe(200)
  })

  it('makes a running process not ready, and nothing that it acknowledged is lost', async () => {
    const server = await servingOnFullDisk()
    await expect.poll(() => ready(server)).toBe(503)
    expect((await addAgent(server, 'still-agent')).status).toBe(503)
    rmSync(fullDisk)
    await expect.poll(() => ready(server)).toBe(200)
    expect((await addAgent(server, 'after-agent')).status).toBe(201)
    const listed = await agents(server)
    expect(listed).toEqual(expect.arrayContaining(['before-0', 'after-agent']))
    expect(listed).not.toContain('still-agent')
    expect(existsSync(join(dataDir, '.room'))).toBe(false)
  })

  it('that shows itself only at a write ends the process with words, and nothing that it acknowledged is lost', async () => {
    const server = await serving({ FULL_DISK_HIDDEN: '1' })
    expect((await addAgent(server, 'before-agent')).status).toBe(201)
    writeFileSync(fullDisk, '')
    await addAgent(server, 'during-agent')
    const { code, stderr } = await server.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/could not be written.*See whether the disk is full/)
    expect((await (await launch()).ended).stderr).toMatch(/The disk of .* is full/)
    rmSync(fullDisk)
    const again = await serving()
    expect(await agents(again)).toContain('before-agent')
    expect((await addAgent(again, 'after-agent')).status).toBe(201)
  })
})
