/** The completion scripts in the shells that they are for, as far as those are installed. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { runCommand } from './run-command.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'))
const isMissing = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status !== 0

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout } = await runCommand(['completion', shell])
  expect(code).toBe(0)
  const file = join(folder, shell)
  writeFileSync(file, stdout)
  return file
}

/** What a shell that has loaded its script prints for a line of its own. */
async function ask(shell: string, file: string, line: string): Promise<string> {
  const { stdout } = await run(shell, ['-c', `source ${file}; ${line}`], { env: { ...process.env, HOME: folder } })
  return stdout
}

describe('bash', () => {
  const proposals = async (...words: string[]): Promise<string[]> => {
    const given = ['countersign', ...words].map((word) => `'${word}'`).join(' ')
    const line = `COMP_WORDS=(${given}); COMP_CWORD=${words.length}; _countersign; printf '%s\\n' "\${COMPREPLY[@]}"`
    return (await ask('bash', join(folder, 'bash'), line)).split('\n').filter(Boolean)
  }

  it('completes every command of the table, its options and closed sets of values', async () => {
    await scriptFor('bash')
    for (const { usage, help } of COMMANDS) {
      const words = usage.replaceAll(/ [<[].*/g, '').split(' ')
      expect(await proposals(...words.slice(0, -1), (words.at(-1) ?? '').slice(0, -1))).toContain(words.at(-1))
      const options = (help.options ?? []).map(({ long }) => long)
      expect(await proposals(...words, '-')).toEqual(expect.arrayContaining([...options, '--json', '--profile']))
    }
    expect(await proposals('demo', '--story', '')).toEqual(['forum', 'mailbox', 'files'])
  }, 120_000)

  it('proposes no word where a value is free, and knows a command behind options', async () => {
    await scriptFor('bash')
    expect(await proposals('kill', '--agent', '')).toEqual([])
    expect(await proposals('--json', 'kill', 'rel')).toEqual(['release'])
    expect(await proposals('nonsense', '--')).not.toContain('--agent')
  })
})

it.skipIf(isMissing('fish'))('fish completes commands with their descriptions, options and values', async () => {
  const file = await scriptFor('fish')
  const complete = (line: string) => ask('fish', file, `complete -C '${line}'`)
  expect(await complete('countersign kill rel')).toMatch(/^release\trelease one or several kill switches/)
  expect(await complete('countersign --json agent add --pr')).toMatch(/^--principal\t/m)
  expect(await complete('countersign demo --story fo')).toMatch(/^forum\t/)
  expect(await complete('countersign agent list --ag')).toBe('')
})

it.skipIf(isMissing('zsh'))(
  'zsh completes at its own prompt',
  async () => {
    const file = await scriptFor('zsh')
    const session = join(folder, 'session.zsh')
    writeFileSync(
      session,
      `zmodload zsh/zpty
     zpty shell 'TERM=dumb zsh -f -i'
     zpty -w shell 'source ${file}; countersign() { print -r -- "<$*>" }; print -r -- "<$((1 + 1))>"'
     zpty -r shell seen '*<2>*'
     zpty -w -n shell $'countersign kill rel\\t--rea\\t\\n'
     zpty -r shell seen '*<*>*'
     print -r -- "$seen"`,
    )
    const { stdout } = await run('zsh', ['-f', session], { env: { ...process.env, HOME: folder }, timeout: 60_000 })
    expect(stdout).toContain('<kill release --reason>')
  },
  120_000,
)

it('refuses other shells, and names those there are', async () => {
  for (const shell of ['tcsh', '__proto__']) {
    const { code, stderr } = await runCommand(['completion', shell])
    expect([code, stderr]).toEqual([2, expect.stringContaining('bash, zsh, fish')])
  }
})
