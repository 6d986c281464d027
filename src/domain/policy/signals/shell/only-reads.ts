/**
 * Whether a shell text only reads: it is of the simplest kind, and each program in it is listed with each of its
 * options. What is not known does not. SPEC 11.1.
 */
import { type PlainCommand, type PlainWord, plainCommandsOf } from './plain-commands.ts'
import { READING_PROGRAMS } from './reading-programs.ts'

const MAX_TEXT = 16 * 1024

/** A text of 16 KiB or more is not read. */
export function onlyReads(text: string): boolean {
  if (text.length >= MAX_TEXT) return false
  const commands = plainCommandsOf(text)
  return commands !== undefined && commands.length > 0 && commands.every(isReading)
}

/** The longest name counts: `git stash list`, `git log`, `ls`. */
function isReading(command: PlainCommand): boolean {
  const words = withoutPlace(command)
  const named = [3, 2, 1].find((length) => READING_PROGRAMS.has(nameOf(words.slice(0, length))))
  if (named === undefined || words.slice(0, named).some(({ text, spreads }) => spreads || text.includes(' ')))
    return false
  return READING_PROGRAMS.get(nameOf(words.slice(0, named)))?.(words.slice(named)) ?? false
}

const nameOf = (words: readonly PlainWord[]): string => words.map(({ text }) => text).join(' ')

/** Git takes two options before its verb that change where it reads and how it shows it. */
function withoutPlace(words: PlainCommand): PlainCommand {
  const [git] = words
  if (git?.text !== 'git') return words
  let at = 1
  for (let taken = 1; taken > 0; at += taken) taken = takenAt(words, at)
  return at === 1 ? words : [git, ...words.slice(at)]
}

/** How many words an option of a place takes there. */
function takenAt(words: PlainCommand, at: number): number {
  const [option, place] = [words[at], words[at + 1]]
  if (place === undefined) return 0
  if (option?.text === '--no-pager') return 1
  return option?.text === '-C' && isPlace(place) ? 2 : 0
}

const isPlace = ({ text, spreads }: PlainWord): boolean => !spreads && !text.startsWith('-')
