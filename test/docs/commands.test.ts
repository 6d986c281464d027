/** Every command in the documents parses against the program, and every npm script it names exists. */
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { documents, read } from './documents.ts'

/** Lines of shell blocks, with continued lines joined. */
const linesOf = (text: string): string[] => text.replaceAll(/\\\n\s*/g, '').split('\n')

/** The words of a shell command up to a pipe, a comment or the end of a substitution. */
function wordsOf(command: string): string[] {
  const words: string[] = []
  for (const [word] of command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/^(#|\||&&|;|>)/.test(word)) break
    words.push(word.replaceAll(/["']/g, '').replace(/\)$/, ''))
  }
  return words
}

const shell = documents.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => linesOf(text).map((line) => ({ path, line: line.trim() }))),
)

const commands = shell.flatMap(({ path, line }) =>
  [...line.matchAll(/\b(?<!create )countersign ([a-z].*)/g)].map(([, rest = '']) => ({ path, command: rest })),
)

/** Parses without running: each action is replaced, and nothing is written. */
async function parse(words: readonly string[]): Promise<string> {
  let ran = ''
  const silence = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
    command.action(() => {
      ran = command.name()
    })
    command.commands.forEach(silence)
  }
  const program = buildProgram()
  program.commands.forEach(silence)
  program.configureOutput({ writeErr: () => {}, writeOut: () => {} })
  await program.parseAsync([...words], { from: 'user' })
  return ran
}

describe('commands in the documents', () => {
  it('are found', () => {
    expect(commands.length).toBeGreaterThan(25)
  })

  it.each(commands)('$path: countersign $command', async ({ command }) => {
    expect(await parse(wordsOf(command))).not.toBe('')
  })

  it('refuses a command that is none', async () => {
    await expect(parse(['kill', '--agnt', 'x'])).rejects.toThrow()
  })

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json').text)
    const named = shell.flatMap(({ line }) => [...line.matchAll(/npm (?:run ([\w:]+)|(test|start)\b)/g)])
    const missing = named.map(([, run, short]) => run ?? short ?? '').filter((name) => !(name in scripts))
    expect(named.length).toBeGreaterThan(5)
    expect(missing).toEqual([])
  })
})
