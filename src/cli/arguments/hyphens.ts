/**
 * Arguments and option values that begin with a hyphen, written so that commander does not take them for options.
 *
 * An id is recognised by its shape; anything else that begins with a hyphen goes behind `--`, as usual.
 */
import type { Command } from 'commander'

const HYPHENATED_ID = /^-[A-Za-z0-9_-]{21}$/

/** `--reason -V` becomes `--reason=-V`, and ids go behind `--`. */
export function withHyphens(program: Command, given: readonly string[]): string[] {
  const [words, ids]: [string[], string[]] = [[], []]
  const rest = [...given]
  let command = program
  while (rest.length > 0 && rest[0] !== '--') {
    const word = rest.shift() ?? ''
    if (takesValue(command, word) && rest.length > 0) words.push(`${word}=${rest.shift()}`)
    else if (HYPHENATED_ID.test(word)) ids.push(word)
    else {
      words.push(word)
      command = command.commands.find((child) => child.name() === word) ?? command
    }
  }
  const behind = [...ids, ...rest.slice(1)]
  return behind.length === 0 ? words : [...words, '--', ...behind]
}

const takesValue = (command: Command | null, word: string): boolean =>
  command !== null &&
  (command.options.some(({ long, required, variadic }) => long === word && required && !variadic) ||
    takesValue(command.parent, word))
