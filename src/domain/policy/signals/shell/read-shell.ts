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
  type Word,
} from 'unbash'
import { type Budget, take } from '../budget.ts'
import { holdsControls } from '../control-characters.ts'
import type { Flag } from '../signals.ts'
import type { Dialect } from '../sql/read-sql.ts'
import { interpreterRule, REMOTE, starterRule } from './interpreters.ts'
import type { Call, CallRule } from './program-call.ts'
import { fileRule, overwrite, reaches } from './programs.ts'
import { SERVICE_RULES } from './services.ts'
import { nameOf, programOf, type Told, toldOf, wordOf } from './shell-words.ts'
import { mayStart, wrapperRule } from './wrappers.ts'

export interface ShellReader {
  readonly budget: Budget
  /** Takes what the text is found to do, from wherever in it: to hand each flag up its tree would be slow. */
  readonly add: (flag: Flag) => void
  /** Names of files that the text fetches from the network. */
  readonly fetched: Set<string>
  /** The command or statement that is read now. */
  readonly place: { piece: () => string }
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

export function readShell(reader: ShellReader, text: string): void {
  reader.add('shell')
  if (holdsControls(text)) unparsed(reader)
  script(reader, text, START)
}

/** A command that comes as a list of words, which no shell reads. */
export function readWords(reader: ShellReader, words: readonly string[]): void {
  reader.add('shell')
  if (words.some(holdsControls)) unparsed(reader)
  callOf(reader, words, START, [])
}

function script(reader: ShellReader, text: Told, place: Place): void {
  if (text === null || place.depth >= MAX_DEPTH || !take(reader.budget, text.length)) unparsed(reader)
  else node(reader, parse(text), { ...place, depth: place.depth + 1 })
}

const unparsed = ({ add }: ShellReader): void => add('unparsed')

export function addAll({ add }: ShellReader, found: Iterable<Flag>): void {
  for (const flag of found) add(flag)
}

function node(reader: ShellReader, at: SyntaxNode, place: Place): void {
  if (place.level >= MAX_LEVEL || !take(reader.budget, 1)) {
    unparsed(reader)
    return
  }
  if ('errors' in at && at.errors) unparsed(reader)
  if (at.type === 'Word') subscripts(reader, at, place)
  if (at.type === 'Command') command(reader, at, place)
  if (at.type === 'Function') spawned(reader, at, place)
  if (at.type === 'Redirect' || at.type === 'HereDoc' || at.type === 'HereString') addAll(reader, redirection(at))
  if (at.type === 'Pipeline') pipeline(reader, at, place)
  else children(reader, at, place)
}

function children(reader: ShellReader, at: SyntaxNode, place: Place): void {
  let inner: Place | undefined
  if (depthIn(at, place.depth) >= MAX_DEPTH) unparsed(reader)
  else
    forEachChild(at, (child) => {
      if (isPlain(child)) return
      inner ??= within(at, place)
      node(reader, child, inner)
    })
}

/** Without a spread, which would be slow for each node. */
const within = (at: SyntaxNode, { depth, level, fed, fromNetwork }: Place): Place => ({
  depth: depthIn(at, depth),
  level: level + 1,
  fed,
  fromNetwork,
})

/** A nested script is parsed when it is looked at, so that depth costs time. */
const depthIn = ({ type }: SyntaxNode, depth: number): number =>
  type === 'CommandExpansion' || type === 'ProcessSubstitution' ? depth + 1 : depth

/** A word of plain text, of which most texts are made: nothing runs in it. */
const isPlain = (at: SyntaxNode): boolean => at.type === 'Word' && at.parts === undefined && at.value === at.text

/** The shell evaluates an index as it evaluates a number: what is quoted text to one command runs in another. */
function subscripts(reader: ShellReader, word: Word, place: Place): void {
  const told = wordOf(word) ?? ''
  const opens = told.search(/\w\[/)
  const found = opens < 0 ? null : /(?:\$\(|`)([^)`]*)/.exec(told.slice(opens))
  if (!found) return
  unparsed(reader)
  script(reader, found[1] ?? '', place)
}

function pipeline(reader: ShellReader, { commands }: Pipeline, place: Place): void {
  const last = commands.at(-1)
  let at = place
  for (const one of commands) {
    node(reader, one, at)
    if (one !== last) at = fedBy(at, true, at.fromNetwork || downloads(reader, one, place.depth, place.level))
  }
}

const fedBy = (place: Place, fed: boolean, fromNetwork: boolean): Place =>
  fed === place.fed && fromNetwork === place.fromNetwork
    ? place
    : { depth: place.depth, level: place.level, fed, fromNetwork }

const DOWNLOADERS =
  /^(?:curl|wget|fetch|aria2c|httpie|http|https|xh|nc|ncat|netcat|socat|lynx|iwr|invoke-webrequest|ftp|tftp|telnet)$/

/** Whether a program that fetches is called in it; what is too deep to look at may be one. */
function downloads(reader: ShellReader, at: SyntaxNode, depth: number, level: number): boolean {
  const inner = depthIn(at, depth)
  if (inner >= MAX_DEPTH || level + 1 >= MAX_LEVEL || !take(reader.budget, 1)) return true
  return fetches(at) || someChild(at, (child) => downloads(reader, child, inner, level + 1))
}

/** Without a list of the children, which would be slow for each node. */
function someChild(at: SyntaxNode, holds: (child: SyntaxNode) => boolean): boolean {
  let found = false
  forEachChild(at, (child) => {
    found ||= !isPlain(child) && holds(child)
  })
  return found
}

const isDownloader = (word: Word): boolean => DOWNLOADERS.test(programOf(wordOf(word) ?? ''))

function fetches(at: SyntaxNode): boolean {
  if (at.type !== 'Command' || !at.name) return false
  return isDownloader(at.name) || at.args.some((argument) => argument.type === 'Word' && isDownloader(argument))
}

function command(reader: ShellReader, at: Command, place: Place): void {
  if (at.prefix.some((part) => part.type === 'Assignment' && MEANS.test(part.name))) unparsed(reader)
  if (!at.name) return
  const words: Told[] = [nameOf(at.name), ...at.args.map(toldOf)]
  const fromNetwork =
    place.fromNetwork ||
    at.args.some((part) => !isPlain(part) && downloads(reader, part, place.depth, place.level)) ||
    at.redirects.some((part) => downloads(reader, part, place.depth, place.level))
  const fed = place.fed || at.redirects.some(({ operator }) => operator === '<')
  callOf(reader, words, fedBy(place, fed, fromNetwork), at.redirects)
}

/** Variables that decide which program runs, or what it runs besides. */
const MEANS =
  /^(?:PATH|IFS|ENV|BASH_ENV|BASH_FUNC.*|SHELLOPTS|PROMPT_COMMAND|PS4|LD_.*|DYLD_.*|PYTHONSTARTUP|PYTHONPATH|NODE_OPTIONS|PERL5OPT|RUBYOPT|PAGER|EDITOR|VISUAL|LESSOPEN|GIT_(?!AUTHOR|COMMITTER).*)$/

function callOf(reader: ShellReader, words: readonly Told[], place: Place, redirects: readonly Redirection[]): void {
  const { place: at } = reader
  const around = at.piece
  at.piece = () => words.map((word) => word ?? '…').join(' ')
  readCall(reader, words, place, redirects)
  at.piece = around
}

function readCall(reader: ShellReader, words: readonly Told[], place: Place, redirects: readonly Redirection[]): void {
  const [name, ...args] = words
  if (name === null || name === undefined || !take(reader.budget, 4 * words.length)) {
    unparsed(reader)
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
  if (runsFetched(reader, call)) addAll(reader, REMOTE)
  if (DOWNLOADERS.test(call.program)) for (const file of targetsOf(call, redirects)) reader.fetched.add(file)
  const rules = rulesOf(call.program)
  for (const rule of rules) addAll(reader, rule(call))
  if (rules.length === 0 && mayStart(call)) unparsed(reader)
}

/** Whether it is, or runs, a file that was fetched before. */
function runsFetched({ fetched }: ShellReader, { program, args }: Call): boolean {
  if (fetched.size === 0) return false
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

function nested(reader: ShellReader, words: readonly Told[], place: Place, redirects: readonly Redirection[]): void {
  if (place.depth >= MAX_DEPTH) unparsed(reader)
  else callOf(reader, words, { ...place, depth: place.depth + 1 }, redirects)
}

const rulesOf = (program: string): readonly CallRule[] =>
  [
    interpreterRule(program),
    starterRule(program),
    fileRule(program),
    SERVICE_RULES.get(program),
    wrapped(program),
  ].filter((rule) => rule !== undefined)

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
function spawned(reader: ShellReader, { name, body }: ShellFunction, place: Place): void {
  const spawns = (at: SyntaxNode, level: number, aside: boolean): boolean => {
    if (level >= MAX_LEVEL || !take(reader.budget, 1)) return true
    if (at.type === 'Command' && at.name?.value === name.value) return aside
    const inner = aside || at.type === 'Pipeline' || (at.type === 'Statement' && at.background === true)
    return at.type !== 'CommandExpansion' && someChild(at, (child) => spawns(child, level + 1, inner))
  }
  if (spawns(body, place.level, false)) addAll(reader, ['shell_system', 'disaster'])
}
