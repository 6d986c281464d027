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
import { fetchesInWords, fetchingAmong, isDownloader } from './from-network.ts'
import { interpreterRule, REMOTE, starterRule } from './interpreters.ts'
import type { Call, CallRule } from './program-call.ts'
import { fileRule, overwrite, reaches } from './programs.ts'
import { serviceRule } from './services.ts'
import { isPlain, nameOf, programOf, type Told, toldOf, wordOf } from './shell-words.ts'
import { depthIn, type Level, MAX_DEPTH, MAX_LEVEL, someChild } from './tree-level.ts'
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
interface Place extends Level {
  readonly fed: boolean
  readonly fromNetwork: () => boolean
}

const START: Place = { depth: 0, level: 0, fed: false, fromNetwork: () => false }

export function readShell(reader: ShellReader, text: string): void {
  reader.add('shell')
  if (holdsControls(text)) unparsed(reader)
  script(reader, text, START)
}

/** A command that comes as a list of words, which no shell reads. */
export function readWords(reader: ShellReader, words: readonly string[]): void {
  reader.add('shell')
  if (words.some(holdsControls)) unparsed(reader)
  const [name = null, ...args] = words
  callOf(reader, name, args, START, [])
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
  const { depth, level } = place
  const fetched = fetchingAmong(reader.budget, commands, place)
  commands.forEach((one, at) => {
    if (at === 0) node(reader, one, place)
    else node(reader, one, { depth, level, fed: true, fromNetwork: () => place.fromNetwork() || fetched(at) })
  })
}

function command(reader: ShellReader, at: Command, place: Place): void {
  if (at.prefix.some(decidesProgram)) unparsed(reader)
  if (!at.name) return
  const { args, redirects } = at
  const { depth, level } = place
  const fed = place.fed || redirects.some(isInput)
  const fromNetwork = () => place.fromNetwork() || fetchesInWords(reader.budget, at, place)
  callOf(reader, nameOf(at.name), args.map(toldOf), { depth, level, fed, fromNetwork }, redirects)
}

/** Variables that decide which program runs, or what it runs besides. */
const MEANS =
  /^(?:PATH|IFS|ENV|BASH_ENV|BASH_FUNC.*|SHELLOPTS|PROMPT_COMMAND|PS4|LD_.*|DYLD_.*|PYTHONSTARTUP|PYTHONPATH|NODE_OPTIONS|PERL5OPT|RUBYOPT|PAGER|EDITOR|VISUAL|LESSOPEN|GIT_(?!AUTHOR|COMMITTER).*)$/

const decidesProgram = (part: SyntaxNode): boolean => part.type === 'Assignment' && MEANS.test(part.name)
const isInput = ({ operator }: Redirection): boolean => operator === '<'

function callOf(reader: ShellReader, name: Told, args: readonly Told[], place: Place, redirects: Redirects): void {
  const { place: at } = reader
  const around = at.piece
  at.piece = () => [name, ...args].map((word) => word ?? '…').join(' ')
  if (name === null || !take(reader.budget, 4 * (args.length + 1))) unparsed(reader)
  else readCall(reader, new ProgramCall(reader, programOf(name), args, place, redirects), redirects)
  at.piece = around
}

type Redirects = readonly Redirection[]

function readCall(reader: ShellReader, call: Call, redirects: Redirects): void {
  const { program } = call
  if (runsFetched(reader, call)) addAll(reader, REMOTE)
  if (isDownloader(program)) for (const file of targetsOf(call, redirects)) reader.fetched.add(file)
  let known = false
  for (const ruleOf of RULES) {
    const rule = ruleOf(program)
    if (!rule) continue
    known = true
    addAll(reader, rule(call))
  }
  if (!known && mayStart(call)) unparsed(reader)
}

/** Without closures, which would be slow for each call. */
class ProgramCall implements Call {
  readonly program: string
  readonly args: readonly Told[]
  readonly #reader: ShellReader
  readonly #place: Place
  readonly #redirects: Redirects

  constructor(reader: ShellReader, program: string, args: readonly Told[], place: Place, redirects: Redirects) {
    this.program = program
    this.args = args
    this.#reader = reader
    this.#place = place
    this.#redirects = redirects
  }

  get fed(): boolean {
    return this.#place.fed
  }

  get input(): Told | undefined {
    return inputOf(this.#redirects)
  }

  fromNetwork(): boolean {
    return this.#place.fromNetwork()
  }

  script(text: Told): void {
    script(this.#reader, text, this.#place)
  }

  words([name, ...args]: readonly Told[]): void {
    const { depth } = this.#place
    if (name === undefined || depth >= MAX_DEPTH) unparsed(this.#reader)
    else callOf(this.#reader, name, args, { ...this.#place, depth: depth + 1 }, this.#redirects)
  }

  sql(text: Told): Iterable<Flag> {
    return text === null ? (['sql', 'unparsed'] as const) : this.#reader.sql(text)
  }
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

const wrapped = wrapperRule((program) => isKnown(program))

/** What may apply to a program, each by its name. */
const RULES: readonly ((program: string) => CallRule | undefined)[] = [
  interpreterRule,
  starterRule,
  fileRule,
  serviceRule,
  wrapped,
]

const isKnown = (program: string): boolean => RULES.some((ruleOf) => ruleOf(program) !== undefined)

/** The text that a script holds for a program to read. */
function inputOf(redirects: readonly Redirection[]): Told | undefined {
  const last = redirects.findLast(({ type }) => type !== 'Redirect')
  if (last?.type === 'HereString' && last.target) return wordOf(last.target)
  if (last?.type !== 'HereDoc') return undefined
  return last.body.parts?.every(({ type }) => type === 'Literal') === false ? null : last.body.text
}

function redirection(at: Redirection): readonly Flag[] {
  if (at.type !== 'Redirect' || !at.target || at.operator === '<') return []
  const target = wordOf(at.target)
  if (at.operator.endsWith('&') && target !== null && /^(?:\d+-?|-)$/.test(target)) return []
  return target !== null && at.operator.endsWith('>>') ? reaches(target) : overwrite(target)
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
