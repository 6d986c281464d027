/** A server that writes what is no message, answers oddly, or dies: it costs one call at most, and never the session. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { approveTools, type Ground, nextRequest, openSession, startGround } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'crooked-'))
const linesIn = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean) : []

let ground: Ground
let raw: RawClient

beforeAll(async () => {
  const args = [fileURLToPath(new URL('crooked-server.mjs', import.meta.url)), folder]
  const tools = { write: 'write', '*': 'read' }
  ground = await startGround({ crooked: { command: process.execPath, args, tools } }, { hold_seconds: 20 })
  await approveTools(ground)
})
afterAll(() => ground.stop())
beforeEach(async () => {
  raw = await connectRaw(openSession(ground))
})

/** The line that answers a call. */
async function called(id: number, name: string): Promise<string> {
  raw.call(id, name)
  await raw.answers(id)
  return raw.lines.find((line) => line.includes(`"id":${id}`) && !line.includes('notifications/')) ?? ''
}

const starts = () => linesIn('starts').length

describe('a server that goes on', () => {
  it('writes what is no message: that is dropped, counted and logged', async () => {
    const before = starts()
    expect(await called(1, 'stray')).toContain('"result"')
    expect(starts()).toBe(before)
    expect(ground.lines.join('\n')).toMatch(/crooked: It sent what is no message: “Connected to the database/)
    const logged = ground.lines.filter((line) => /dropped, \d+ so far/.test(line)).length
    for (let at = 2; at < 12; at++) await called(at, 'stray')
    expect(ground.lines.filter((line) => /dropped, \d+ so far/.test(line)).length).toBeLessThan(logged + 5)
  })

  it('answers with numbers beyond 2^53: they keep their digits', async () => {
    expect(await called(1, 'number')).toContain(
      '"structuredContent":{"id":12345678901234567890,"low":-9007199254740993,"far":1e400,"some":[1.5,7]}',
    )
  })

  it('answers with half a surrogate pair: the rest of the text is there', async () => {
    const answer = JSON.parse(await called(1, 'half'))
    expect(answer.result.structuredContent).toEqual({ cut: 'emoji \uFFFD', whole: '\u{1F600} \\ud83d' })
  })

  it.each(['doubled', 'deep', 'nothing', 'text', 'words', 'code', 'both', 'neither', 'batch', 'twice', 'older'])(
    'answers with what cannot be read (%s): that call is in error, and the next is answered',
    async (name) => {
      const before = starts()
      const { error } = JSON.parse(await called(1, name))
      expect(error.message).toMatch(/cannot be read: .* It only reads: make it again/)
      expect(error.data).toEqual({ 'io.countersign/outcome': 'unknown' })
      expect(await called(2, 'look')).toContain('"result"')
      expect(starts()).toBe(before)
    },
  )

  it('asks what cannot be read: it is told so', async () => {
    expect(await called(1, 'ask')).toContain('"structuredContent":{"code":-32700}')
  })

  it('answers an approved write oddly: it has run once, and the client is told to look', async () => {
    raw.call(1, 'write')
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    expect((await raw.answers(1))[0]?.result).toMatchObject({ structuredContent: { executed: 'unknown' } })
    expect(linesIn('writes')).toHaveLength(1)
  })
})

describe('a server that dies', () => {
  it('is started at the next call, greeted as the client did, and the operator is told why', async () => {
    const before = starts()
    expect(await called(1, 'die')).toContain('It ended (exit code 7).')
    expect(await called(2, 'look')).toContain('"result"')
    expect(starts()).toBe(before + 1)
    expect(linesIn('greetings').at(-1)).toBe('raw')
    expect(ground.lines).toContain('crooked: It ended (exit code 7). It is started again at the next call.')
  })

  it('again and again is started after a pause, and the client is told until when', async () => {
    let answer = ''
    for (let at = 1; at < 12 && !answer.includes('is not there.'); at++) answer = await called(at, 'die')
    expect(answer).toMatch(/crooked is not there. It ended \(exit code 7\).* in \d+ s or later/)
  })

  it('while its call waits runs it once it is approved: its tools are the same', async () => {
    raw.call(1, 'write')
    const { id } = await nextRequest(ground)
    await called(2, 'die')
    mustSucceed(await ground.ben.consent(id))
    expect((await raw.answers(1))[0]?.result).toMatchObject({ structuredContent: { executed: 'unknown' } })
    expect(linesIn('writes')).toHaveLength(2)
  })

  it('and offers another tool under the same name has it in quarantine', async () => {
    expect(await called(1, 'look')).toContain('"result"')
    writeFileSync(join(folder, 'changed'), 'yes')
    await called(2, 'die')
    expect(JSON.parse(await called(3, 'look')).error).toMatchObject({ code: -32602 })
    expect(await called(4, 'stray')).toContain('"result"')
  })
})
