/**
 * Whether a shell text only reads: it is of the simplest kind, and each program in it is listed with each of its
 * options. What is not known does not. SPEC 11.1.
 */
import { type PlainCommand, type PlainWord, plainCommandsOf } from './plain-commands.ts'
import { READING_PROGRAMS } from './reading-programs.ts'

const MAX_TEXT = 16 * 1024

/**
 * A text of 16 KiB or more is not read. `folder`: the path in which a client works; undefined where the text runs in one
 * below. Any folder can hold a repository whose configuration names programs, so that neither git nor a later call may go
 * down into one.
 */
export function onlyReads(text: string, folder: string | undefined): boolean {
  if (text.length >= MAX_TEXT) return false
  const commands = plainCommandsOf(text)
  return commands !== undefined && commands.length > 0 && commands.every((words) => isReading(words, folder))
}

/** The longest name counts: `git stash list`, `git log`, `ls`. */
function isReading(command: PlainCommand, folder: string | undefined): boolean {
  if (goesDown(command, folder)) return false
  const words = withoutPlace(command)
  const named = [3, 2, 1].find((length) => READING_PROGRAMS.has(nameOf(words.slice(0, length))))
  if (named === undefined || words.slice(0, named).some(({ text, spreads }) => spreads || text.includes(' ')))
    return false
  return READING_PROGRAMS.get(nameOf(words.slice(0, named)))?.(words.slice(named)) ?? false
}

const nameOf = (words: readonly PlainWord[]): string => words.map(({ text }) => text).join(' ')

function goesDown(words: PlainCommand, folder: string | undefined): boolean {
  const [program, ...rest] = words.map(({ text }) => text)
  if (program === 'cd') return rest.some((place) => place !== '-' && !isAbove(folder, place))
  if (program !== 'git') return false
  const places = rest.slice(0, verbAt(words) - 1).filter((_, at) => rest[at - 1] === '-C')
  return folder === undefined || places.some((place) => !isAbove(folder, place))
}

/** Whether the place is the folder itself or one around it, as every shell reads it. */
export function isAbove(folder: string | undefined, place: string): boolean {
  if (folder === undefined) return false
  if (!place.startsWith('/')) return /^\.\.?(?:\/\.\.)*\/?$/.test(place)
  return !place.includes('/..') && `${folder}/`.startsWith(`${place.replace(/\/$/, '')}/`)
}

function withoutPlace(words: PlainCommand): PlainCommand {
  const [git] = words
  const at = verbAt(words)
  return git === undefined || at === 1 ? words : [git, ...words.slice(at)]
}

/** Git takes two options before its verb that change where it reads and how it shows it. */
function verbAt(words: PlainCommand): number {
  let at = 1
  if (words[0]?.text === 'git') for (let taken = 1; taken > 0; at += taken) taken = takenAt(words, at)
  return at
}

/** How many words an option of a place takes there. */
function takenAt(words: PlainCommand, at: number): number {
  const [option, place] = [words[at], words[at + 1]]
  if (place === undefined) return 0
  if (option?.text === '--no-pager') return 1
  return option?.text === '-C' && isPlace(place) ? 2 : 0
}

const isPlace = ({ text, spreads }: PlainWord): boolean => !spreads && !text.startsWith('-')
