/**
 * Reads shell commands: parses them and asks the rule of each program that is called, wherever it stands. Texts that
 * these run are read in turn, to a depth. SPEC 11.1.
 */
import {
  type Command,
  forEachChild,
  type Pipeline,
  parse,
  type Redirection,
  type Function as ShellFunction,
  type SyntaxNode,
} from 'unbash'
import { type Budget, take } from '../budget.ts'
import type { Flag } from '../signals.ts'
import type { Dialect } from '../sql/read-sql.ts'
import { interpreterRule, REMOTE } from './interpreters.ts'
import type { Call, CallRule } from './program-call.ts'
import { fileRule, overwrite, reaches } from './programs.ts'
import { SERVICE_RULES } from './services.ts'
import { nameOf, programOf, type Told, toldOf, wordOf } from './shell-words.ts'
import { wrapperRule } from './wrappers.ts'

export interface ShellReader {
  readonly budget: Budget
  /** Names of files that the text fetches from the network. */
  readonly fetched: Set<string>
  /** The command or statement that is read now. */
  readonly place: { piece: string }
  readonly sql: (text: string, dialect?: Dialect) => Iterable<Flag>
}

/** What surrounds a command. */
interface Place {
  /** How many texts it stands in, and how many nodes of the tree. */
  readonly depth: number
  readonly level: number
  readonly fed: boolean
  readonly fromNetwork: boolean
}

const MAX_DEPTH = 8
const MAX_LEVEL = 100
const START: Place = { depth: 0, level: 0, fed: false, fromNetwork: false }

export function* flagsOfShell(reader: ShellReader, text: string): Generator<Flag> {
  yield 'shell'
  yield* script(reader, text, START)
}

/** A command that comes as a list of words, which no shell reads. */
export function* flagsOfWords(reader: ShellReader, words: readonly string[]): Generator<Flag> {
  yield 'shell'
  yield* callOf(reader, words, START, [])
}

function* script(reader: ShellReader, text: Told, place: Place): Generator<Flag> {
  if (text === null || place.depth >= MAX_DEPTH || !take(reader.budget, text.length)) {
    yield 'unparsed'
    return
  }
  const tree = parse(text)
  if (tree.errors) yield 'unparsed'
  yield* node(reader, tree, { ...place, depth: place.depth + 1 })
}

function* node(reader: ShellReader, at: SyntaxNode, place: Place): Generator<Flag> {
  if (place.level >= MAX_LEVEL || !take(reader.budget, 1)) {
    yield 'unparsed'
    return
  }
  if ('errors' in at && at.errors) yield 'unparsed'
  if (at.type === 'Command') yield* command(reader, at, place)
  if (at.type === 'Function') yield* spawned(reader, at, place)
  if (at.type === 'Redirect' || at.type === 'HereDoc' || at.type === 'HereString') yield* redirection(at)
  if (at.type === 'Pipeline') yield* pipeline(reader, at, place)
  else yield* children(reader, at, place)
}

function* children(reader: ShellReader, at: SyntaxNode, place: Place): Generator<Flag> {
  const inner = within(at, place)
  if (inner.depth >= MAX_DEPTH) {
    yield 'unparsed'
    return
  }
  for (const child of childrenOf(at)) yield* node(reader, child, inner)
}

/** A nested script is parsed when it is looked at, so that depth costs time. Made for each node: a copy would be slow. */
const within = (at: SyntaxNode, { depth, level, fed, fromNetwork }: Place): Place => ({
  depth: depth + (at.type === 'CommandExpansion' || at.type === 'ProcessSubstitution' ? 1 : 0),
  level: level + 1,
  fed,
  fromNetwork,
})

/** But words of plain text, of which most texts are made: nothing runs in them. */
function childrenOf(at: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  forEachChild(at, (child) => {
    if (!isPlain(child)) found.push(child)
  })
  return found
}

const isPlain = (at: SyntaxNode): boolean => at.type === 'Word' && at.parts === undefined

function* pipeline(reader: ShellReader, { commands }: Pipeline, place: Place): Generator<Flag> {
  let { fed, fromNetwork } = place
  for (const one of commands) {
    yield* node(reader, one, { depth: place.depth, level: place.level, fed, fromNetwork })
    fed = true
    fromNetwork ||= downloads(reader, one, place)
  }
}

const DOWNLOADERS =
  /^(?:curl|wget|fetch|aria2c|httpie|http|https|xh|nc|ncat|netcat|socat|lynx|iwr|invoke-webrequest|ftp|tftp|telnet)$/

/** Whether a program that fetches is called in it; what is too deep to look at may be one. */
function downloads(reader: ShellReader, at: SyntaxNode, place: Place): boolean {
  const inner = within(at, place)
  if (inner.depth >= MAX_DEPTH || inner.level >= MAX_LEVEL || !take(reader.budget, 1)) return true
  return fetches(at) || childrenOf(at).some((child) => downloads(reader, child, inner))
}

function fetches(at: SyntaxNode): boolean {
  if (at.type !== 'Command' || !at.name) return false
  const words = [at.name, ...at.args.filter((argument) => argument.type === 'Word')]
  return words.some((word) => DOWNLOADERS.test(programOf(wordOf(word) ?? '')))
}

function* command(reader: ShellReader, at: Command, place: Place): Generator<Flag> {
  if (at.prefix.some((part) => part.type === 'Assignment' && MEANS.test(part.name))) yield 'unparsed'
  if (!at.name) return
  const words: Told[] = [nameOf(at.name), ...at.args.map(toldOf)]
  const fromNetwork =
    place.fromNetwork ||
    at.args.some((part) => !isPlain(part) && downloads(reader, part, place)) ||
    at.redirects.some((part) => downloads(reader, part, place))
  const fed = place.fed || at.redirects.some(({ operator }) => operator === '<')
  yield* callOf(reader, words, { depth: place.depth, level: place.level, fed, fromNetwork }, at.redirects)
}

/** Variables that decide which program runs, or what it runs besides. */
const MEANS =
  /^(?:PATH|IFS|ENV|BASH_ENV|BASH_FUNC.*|SHELLOPTS|PROMPT_COMMAND|PS4|LD_.*|DYLD_.*|PYTHONSTARTUP|PYTHONPATH|NODE_OPTIONS|PERL5OPT|RUBYOPT|PAGER|EDITOR|VISUAL|LESSOPEN|GIT_(?!AUTHOR|COMMITTER).*)$/

function* callOf(
  reader: ShellReader,
  words: readonly Told[],
  place: Place,
  redirects: readonly Redirection[],
): Generator<Flag> {
  const { place: at } = reader
  const around = at.piece
  at.piece = words.map((word) => word ?? '…').join(' ')
  yield* flagsOfCall(reader, words, place, redirects)
  at.piece = around
}

function* flagsOfCall(
  reader: ShellReader,
  words: readonly Told[],
  place: Place,
  redirects: readonly Redirection[],
): Generator<Flag> {
  const [name, ...args] = words
  if (name === null || name === undefined || !take(reader.budget, 4 * words.length)) {
    yield 'unparsed'
    return
  }
  const call: Call = {
    fed: place.fed,
    fromNetwork: place.fromNetwork,
    program: programOf(name),
    args,
    input: inputOf(redirects),
    script: (text) => script(reader, text, place),
    words: (inner) => nested(reader, inner, place, redirects),
    sql: (text) => (text === null ? (['sql', 'unparsed'] as const) : reader.sql(text)),
  }
  if (runsFetched(reader, call)) yield* REMOTE
  if (DOWNLOADERS.test(call.program)) for (const file of targetsOf(call, redirects)) reader.fetched.add(file)
  for (const rule of rulesOf(call.program)) yield* rule(call)
}

/** Whether it is, or runs, a file that was fetched before. */
function runsFetched({ fetched }: ShellReader, { program, args }: Call): boolean {
  const runs = interpreterRule(program) ?? wrapped(program)
  return (
    fetched.has(program) || (runs !== undefined && args.some((word) => word !== null && fetched.has(programOf(word))))
  )
}

/** The files that a downloader writes: after an option, redirected into, or named as in the address. */
function targetsOf({ args }: Call, redirects: readonly Redirection[]): string[] {
  const redirected = redirects.flatMap((one) => (one.type === 'Redirect' && one.target ? [wordOf(one.target)] : []))
  return [...args, ...redirected]
    .filter((word) => word !== null && !word.startsWith('-'))
    .map((word) => programOf(word ?? ''))
}

function* nested(
  reader: ShellReader,
  words: readonly Told[],
  place: Place,
  redirects: readonly Redirection[],
): Generator<Flag> {
  if (place.depth >= MAX_DEPTH) yield 'unparsed'
  else yield* callOf(reader, words, { ...place, depth: place.depth + 1 }, redirects)
}

const rulesOf = (program: string): readonly CallRule[] =>
  [interpreterRule(program), fileRule(program), SERVICE_RULES.get(program), wrapped(program)].filter(
    (rule) => rule !== undefined,
  )

const isKnown = (program: string): boolean => rulesOf(program).length > 0
const wrapped = wrapperRule(isKnown)

/** The text that a script holds for a program to read. */
function inputOf(redirects: readonly Redirection[]): Told | undefined {
  const last = redirects.findLast(({ type }) => type !== 'Redirect')
  if (last?.type === 'HereString' && last.target) return wordOf(last.target)
  if (last?.type !== 'HereDoc') return undefined
  return last.body.parts?.every(({ type }) => type === 'Literal') === false ? null : last.body.text
}

function* redirection(at: Redirection): Generator<Flag> {
  if (at.type !== 'Redirect' || !at.target || at.operator === '<') return
  const target = wordOf(at.target)
  if (/&$/.test(at.operator) && target !== null && /^(?:\d+-?|-)$/.test(target)) return
  if (target !== null && at.operator.endsWith('>>')) yield* reaches(target)
  else yield* overwrite(target)
}

/** A function that starts itself in the background or in a pipe fills a machine with processes. */
function* spawned(reader: ShellReader, { name, body }: ShellFunction, place: Place): Generator<Flag> {
  const spawns = (at: SyntaxNode, level: number, aside: boolean): boolean => {
    if (level >= MAX_LEVEL || !take(reader.budget, 1)) return true
    if (at.type === 'Command' && at.name?.value === name.value) return aside
    const inner = aside || at.type === 'Pipeline' || (at.type === 'Statement' && at.background === true)
    return at.type !== 'CommandExpansion' && childrenOf(at).some((child) => spawns(child, level + 1, inner))
  }
  if (spawns(body, place.level, false)) yield* ['shell_system', 'disaster'] as const
}
