/** `countersign scan` with transcripts that are broken, huge, of another version, hostile or elsewhere. Nothing leaves the machine. */
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placesOf, readTranscripts } from '../../src/coding/scan/read-transcripts.ts'
import { runCommand } from '../cli/run-command.ts'
import { claudeCall, codexCall, createHome, lines } from './transcripts.ts'

const ONE = '.claude/projects/p/one.jsonl'
const read = (folder: string, limit = 1000) => readTranscripts(placesOf(folder, {}), { since: 0, limit })
const commandsIn = ({ calls }: Awaited<ReturnType<typeof read>>) => calls.map(({ input }) => input['command'])
const bash = (command: string) => claudeCall('Bash', { command })

describe('a transcript', () => {
  it.each<readonly [string, string, number]>([
    ['that is cut off', '{"type":"assis', 1],
    ['with a line of another form', '{"type":"assistant","message":{"content":"text"}}', 1],
    ['with lines that are no objects', '[1]\nnull\n"x"', 3],
    ['with a line that is too long', `"${'x'.repeat(9 * 1024 * 1024)}"`, 1],
    ['with empty lines', '\n\r\n  \n', 0],
  ])('%s is read for the rest, and what is not read is counted', async (_, broken, unread) => {
    const home = createHome()
    home.write(ONE, lines(bash('ls'), broken, bash('pwd')))
    const found = await read(home.folder)
    expect({ commands: commandsIn(found), unread: found.unread }).toEqual({ commands: ['ls', 'pwd'], unread })
  })

  it('of a version that is not known says so', async () => {
    const home = createHome()
    home.write(
      '.codex/sessions/rollout-1.jsonl',
      lines({ kind: 'call', name: 'shell' }, codexCall('shell', {}).payload),
    )
    home.write('.gemini/tmp/a/chats/session-1.json', '{"turns":[]}')
    expect(await read(home.folder)).toMatchObject({ calls: [], files: 2, unread: 3 })
  })

  it('with more calls than are looked at is read for its newest', async () => {
    const home = createHome()
    home.write(ONE, lines(...Array.from({ length: 20 }, (_, at) => bash(`ls ${at}`))))
    const found = await read(home.folder, 3)
    expect({ commands: commandsIn(found), more: found.more }).toEqual({
      commands: ['ls 17', 'ls 18', 'ls 19'],
      more: true,
    })
    expect(await read(home.folder, 20)).toMatchObject({ more: false })
  })

  it('with calls that hold too much in sum is read for its newest', async () => {
    const home = createHome()
    const large = 'x'.repeat(7 * 1024 * 1024)
    home.write(ONE, lines(...Array.from({ length: 12 }, (_, at) => bash(`${at} ${large}`))))
    const found = await read(home.folder)
    expect(found.calls.length).toBeLessThan(6)
    expect({ more: found.more, last: String(commandsIn(found).at(-1)).slice(0, 3) }).toEqual({
      more: true,
      last: '11 ',
    })
  })

  it('that a link leads to is not read', async () => {
    const [home, other] = [createHome(), createHome()]
    other.write('secret.jsonl', lines(bash('ls')))
    other.write('folder/two.jsonl', lines(bash('ls')))
    mkdirSync(join(home.folder, '.claude/projects/p'), { recursive: true })
    symlinkSync(join(other.folder, 'secret.jsonl'), join(home.folder, ONE))
    symlinkSync(join(other.folder, 'folder'), join(home.folder, '.claude/projects/linked'))
    expect(await read(home.folder)).toMatchObject({ calls: [], files: 0 })
  })
})

describe('scan', () => {
  const hostile = [
    bash('rm -rf / \u001b[2J\u001b]0;x\u0007 \u202etxt'),
    claudeCall('Tool\u001b[31m\nX\u202e', { a: 1 }),
    claudeCall('X'.repeat(100_000), { a: 1 }),
    claudeCall('Other', JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`)),
    claudeCall('Other', JSON.parse('{"__proto__":{"x":1},"__entity":{"type":"Agent","id":"x"}}')),
    claudeCall('Bash', { command: 'ls' }, 's1', '+275760-09-12T00:00:00Z'),
    claudeCall('Bash', { command: '\ud800' }),
    JSON.stringify(claudeCall('Bash', { n: 0 })).replace('"n":0', '"n":1e400'),
  ]

  it('says where there is nothing to look at', async () => {
    const ended = await runCommand(['scan', '--home', createHome().folder])
    expect(ended).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/No transcript was found\. .*\.claude\/projects, .*; --home names another home/),
    })
  })

  it('shows hostile calls as data, and connects to nobody', async () => {
    const home = createHome()
    home.write(ONE, lines(...hostile))
    const folder = mkdtempSync(join(tmpdir(), 'no-network-'))
    const [guard, tried] = [join(folder, 'guard.cjs'), join(folder, 'tried')]
    const block = `() => { require('node:fs').writeFileSync(${JSON.stringify(tried)}, 'x'); throw new Error('No network') }`
    writeFileSync(
      guard,
      `require('node:net').Socket.prototype.connect = ${block}\nrequire('node:dgram').Socket.prototype.send = ${block}\nrequire('node:dns').lookup = ${block}\n`,
    )
    const ended = await runCommand(['scan', '--home', home.folder], { NODE_OPTIONS: `--require ${guard}` })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain('rm -rf / \\u{1b}[2J')
    expect(ended.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
    expect(existsSync(tried)).toBe(false)
  })
})
