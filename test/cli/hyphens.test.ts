/** Ids and texts that begin with a hyphen reach every command as what they are. */
import type { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { newId } from '../../src/authority/new-id.ts'
import { withHyphens } from '../../src/cli/arguments/hyphens.ts'
import { COMMANDS } from '../../src/cli/command-table.ts'
import { buildProgram } from '../../src/cli/program.ts'
import type { CommandRow } from '../../src/cli/table/command-row.ts'

const IDS = ['-Fx0sXA8U5Eb_OxN_rwxA4', '--rcXA8U5Eb_OxN_rwxA-_', '-hNNrcXA8U5Eb_OxN_rwxA', '-VNNrcXA8U5Eb_OxN_rwxA']
const TEXTS = [...IDS, '-V', '-h', '--', '--json', '--help', '- no', '-1']

const reached = new Error('a command')

/** The arguments and options with which a command would be run, and its name. */
async function reach(args: readonly string[]): Promise<{ name: string; given: unknown[]; options: object }> {
  const runs: { name: string; given: unknown[]; options: object }[] = []
  const listen = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
    command.action(function (...all) {
      runs.push({ name: fullName(this), given: all.slice(0, -2), options: this.optsWithGlobals() })
      throw reached
    })
    command.commands.forEach(listen)
  }
  const program = buildProgram()
  program.commands.forEach(listen)
  program.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
  const end = await program.parseAsync(withHyphens(program, args), { from: 'user' }).catch((error: unknown) => error)
  expect(end, args.join(' ')).toBe(reached)
  return runs[0] ?? expect.fail('No command ran.')
}

const fullName = (command: Command): string =>
  command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name()

interface Row {
  readonly name: string
  readonly slots: readonly string[]
  readonly mandatory: readonly string[]
  /** Options that take any text. */
  readonly textual: readonly Option[]
}

function rowOf({ usage, help }: CommandRow): Row {
  const options: readonly Option[] = help.options ?? []
  const isTextual = (option: Option) => option.required && !option.variadic && accepts(option, '-V')
  return {
    name: usage.replaceAll(/ [<[].*/g, ''),
    slots: usage.match(/[<[][^\]>]+[\]>]/g) ?? [],
    mandatory: options.flatMap((option) => (option.mandatory ? [option.long ?? '', takenBy(option)] : [])),
    textual: options.filter(isTextual),
  }
}

/** A text, or a role where only those are taken. */
const takenBy = (option: Option) => (accepts(option, 'x') ? 'x' : 'auditor')

function accepts(option: Option, value: string): boolean {
  if (option.argChoices) return false
  try {
    option.parseArg?.(value, undefined)
    return true
  } catch {
    return false
  }
}

const rows = COMMANDS.map(rowOf)
const taking = rows.filter(({ slots }) => slots.length > 0)
const withTexts = rows.filter(({ textual }) => textual.length > 0)

describe('an id that begins with a hyphen', () => {
  it('is an argument of many commands', () => expect(taking.length).toBeGreaterThan(15))

  it.each(taking)('is taken by $name', async ({ name, slots, mandatory }) => {
    for (const id of IDS) {
      const ids = slots.map(() => id)
      const places = [
        [...ids, ...mandatory],
        [...mandatory, ...ids],
        ['--json', ...ids, ...mandatory, '--verbose'],
        [...mandatory, '--', ...ids],
        ['--url', 'http://localhost:1', ...mandatory, '--', ...ids],
      ]
      for (const place of places) {
        const run = await reach([...name.split(' '), ...place])
        expect([run.name, run.given.flat()], place.join(' ')).toEqual([name, ids])
      }
    }
  })

  it('is one of several, in their order', async () => {
    const ids = ['AAAAXA8U5Eb_OxN_rwxA4A', ...IDS]
    expect((await reach(['kill', 'release', ...ids, '--reason', 'Fixed'])).given).toEqual([ids])
    expect((await reach(['kill', 'release', '--reason', 'Fixed', '--', ...ids])).given).toEqual([ids])
  })

  it('is not made any more', () => {
    const firstByte = [0xfb, 0xf8, 0x00]
    const random = (count: number) => new Uint8Array(count).fill(firstByte.shift() ?? 0xff)
    expect([newId(random), newId(random)]).toEqual(['A'.repeat(22), `${'_'.repeat(21)}w`])
  })
})

describe('a text that begins with a hyphen', () => {
  it.each(withTexts)('is taken by every option of $name', async ({ name, slots, textual, mandatory }) => {
    for (const option of textual) {
      for (const text of TEXTS) {
        const others = mandatory.filter((_, at) => mandatory[at - (at % 2)] !== option.long)
        const args = [...name.split(' '), option.long ?? '', text, ...others, ...slots.map(() => 'x')]
        const run = await reach(args)
        expect(run.name, args.join(' ')).toBe(name)
        expect([Object.entries(run.options)].flat(2).flat(), args.join(' ')).toContain(text)
      }
    }
  })
})

it('what is no option is refused still', async () => {
  const program = buildProgram().exitOverride()
  const silent = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {} })
    command.commands.forEach(silent)
  }
  silent(program)
  const parse = (...args: string[]) => program.parseAsync(withHyphens(program, args), { from: 'user' })
  await expect(parse('revoke', 'token', '-Fx0s')).rejects.toThrow(/unknown option/)
  await expect(parse('revoke', 'token', '--colour', IDS[0] ?? '')).rejects.toThrow(/unknown option/)
})
