/**
 * What a word of a command stands for, as far as its text says: quotes, escapes and ANSI-C codes are undone, `$HOME` is
 * `~`. Null where only the shell would know: variables, substitutions, braces. SPEC 11.1.
 */
import type { CommandArgument, SyntaxNode, Word, WordPart } from 'unbash'

/** A word, or null where it cannot be told. */
export type Told = string | null

export const toldOf = (argument: CommandArgument): Told =>
  argument.type === 'Word' ? wordOf(argument) : assignmentOf(argument)

function assignmentOf({ name, value, append }: Exclude<CommandArgument, Word>): Told {
  const told = value.type === 'Word' ? wordOf(value) : null
  return told === null ? null : `${name}${append ? '+' : ''}=${told}`
}

/** Perhaps in quotes, without anything that the shell expands. The parser takes a word apart when its parts are asked for, which costs more. */
const holdsOnlyText = ({ text }: Word): boolean => TEXT.test(text)

// An expression that is written where it is used is made anew each time.
const TEXT = /^(?:[\w./:@%+-]*|"[\w ./:@%+,;=-]*"|'[\w ./:@%+,;=-]*')$/
const QUOTES = /["']/
const LOWER_CASE = /^[a-z0-9_-]*$/

export function wordOf(word: Word): Told {
  const { text } = word
  if (holdsOnlyText(word)) return QUOTES.test(text) ? text.slice(1, -1) : text
  return word.parts === undefined ? word.value : joined(word.parts)
}

/** A word of plain text, of which most texts are made: nothing runs in it. */
export const isPlain = (at: SyntaxNode): boolean =>
  at.type === 'Word' && (holdsOnlyText(at) || (at.parts === undefined && at.value === at.text))

function joined(parts: readonly WordPart[]): Told {
  let told = ''
  for (const part of parts) {
    const next = partOf(part)
    if (next === null) return null
    told += next
  }
  return told
}

function partOf(part: WordPart): Told {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value
    case 'Glob':
      return part.text
    case 'DoubleQuoted':
    case 'LocaleString':
      return joined(part.parts)
    case 'SimpleExpansion':
      return part.text === '$HOME' ? '~' : null
    case 'ParameterExpansion':
      return part.parameter === 'HOME' && part.operation === undefined && part.prefix === undefined ? '~' : null
    default:
      return null
  }
}

/** A pattern can stand for any program, so a name with one cannot be told. */
export const nameOf = (word: Word): Told =>
  !holdsOnlyText(word) && word.parts?.some(({ type }) => type === 'Glob') ? null : wordOf(word)

/** The program without its path, its case or the ending that Windows gives it. */
export const programOf = (name: string): string =>
  LOWER_CASE.test(name)
    ? name
    : name
        .replace(/^.*[/\\]/s, '')
        .toLowerCase()
        .replace(/\.(?:exe|cmd|bat|com)$/, '')

/** Each option by itself: `-rf` is `-r` and `-f`, `--force=x` is `--force`. What follows `--` is none. */
export function optionsOf(words: readonly Told[]): readonly string[] {
  const end = words.indexOf('--')
  return words.slice(0, end < 0 ? undefined : end).flatMap((word) => {
    if (word === null || !/^-./.test(word)) return []
    if (word.startsWith('--')) return [word.replace(/=.*$/s, '')]
    return [word, ...[...word.slice(1)].map((letter) => `-${letter}`)]
  })
}

export function operandsOf(words: readonly Told[]): readonly Told[] {
  const end = words.indexOf('--')
  const before = words.slice(0, end < 0 ? undefined : end)
  return [...before.filter((word) => word === null || !/^-./.test(word)), ...(end < 0 ? [] : words.slice(end + 1))]
}
