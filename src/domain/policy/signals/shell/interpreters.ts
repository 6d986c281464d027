/** Programs that run text: shells, whose text is read in turn, and interpreters of other languages, whose text is not. SPEC 11.1. */
import type { Flag } from '../signals.ts'
import type { Call, CallRule } from './program-call.ts'
import { operandsOf, optionsOf, type Told } from './shell-words.ts'

const SHELLS = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'rbash']
const OTHERS =
  /^(?:fish|csh|tcsh|pwsh|powershell|python[\d.]*|pypy[\d.]*|node|nodejs|deno|bun|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|luajit|osascript|tclsh|wish|expect|rscript|julia|groovy|scala|ghci|runghc|irb|iex|invoke-expression|cmd|mongo|mongosh)$/
const EDITORS = ['vi', 'vim', 'nvim', 'ex', 'ed', 'emacs', 'gdb', 'lldb', 'm4', 'make', 'gmake']
const TEXT_OPTION = /^-(?:c|e|r|p|pe|ne|le|lne|E|x|command|encodedcommand|enc|ec)$|^--(?:eval|print|command|execute)$/i

export const isInterpreter = (program: string): boolean => SHELLS.includes(program) || OTHERS.test(program)

export function interpreterRule(program: string): CallRule | undefined {
  if (SHELLS.includes(program)) return shell
  if (OTHERS.test(program)) return other
  if (EDITORS.includes(program)) return editor
  return PROGRAMS.get(program)
}

function* shell(call: Call): Generator<Flag> {
  if (call.args.some((word) => word !== null && /^--(?:rcfile|init-file)/.test(word))) yield* runsUnseen(call)
  const text = call.args.findIndex((word) => word !== null && /^-[a-z]*c[a-z]*$/i.test(word))
  if (text >= 0) {
    yield* told(call, call.args[text + 1] ?? null)
  } else if (call.input !== undefined) {
    yield* told(call, call.input)
  } else {
    yield* runs(call, optionsOf(call.args).includes('-s'))
  }
}

function* told(call: Call, text: Told): Generator<Flag> {
  if (text === null) yield* runsUnseen(call)
  else call.script(text)
}

/** A program from a file is as visible as any other program; a program from a pipe is not. */
function* runs(call: Call, standardInput: boolean): Generator<Flag> {
  const [file] = operandsOf(call.args)
  if (file === null) yield* runsUnseen(call)
  else if (call.fed && (standardInput || file === undefined || file === '-' || file.startsWith('/dev/')))
    yield* runsUnseen(call)
}

function* runsUnseen(call: Call): Generator<Flag> {
  yield* UNSEEN
  if (call.fromNetwork()) yield* REMOTE
}

const UNSEEN: readonly Flag[] = ['shell_interpreter', 'unparsed']
export const REMOTE: readonly Flag[] = ['shell_remote_code', 'disaster']

function* other(call: Call): Generator<Flag> {
  const words =
    call.program === 'cmd' ? call.args.slice(call.args.findIndex((word) => /^\/[ck]$/i.test(word ?? '')) + 1) : []
  if (words.length > 0) call.words(words)
  const texts = optionsOf(call.args).some((option) => TEXT_OPTION.test(option))
  if (texts || call.input !== undefined) yield* runsUnseen(call)
  else yield* runs(call, false)
}

function* editor(call: Call): Generator<Flag> {
  const commands = call.args.some(
    (word) => word === null || /^[+!].|^-(?:c|ex?|x|s|S)$|^--(?:eval|cmd|execute)/.test(word),
  )
  const ownText = /^(?:g?make|m4)$/.test(call.program)
  if (ownText ? optionsOf(call.args).includes('--eval') || (call.fed && call.args.includes('-')) : commands || call.fed)
    yield* runsUnseen(call)
}

function* sourced(call: Call): Generator<Flag> {
  const [file] = call.args
  if (typeof file === 'string' && !file.startsWith('/dev/')) return
  yield* runsUnseen(call)
}

/** Programs that only print columns of what they read. */
function* awk(call: Call): Generator<Flag> {
  const [text] = operandsOf(call.args)
  if (text === undefined) return
  if (text === null || /[|>@]|system|getline/i.test(text)) yield* UNSEEN
}

const SED =
  /^\s*(?:\d+|\$|\/(?:[^/\\\n]|\\[^\n])*\/)?(?:,(?:\d+|\$|\/(?:[^/\\\n]|\\[^\n])*\/))?\s*(?:[pdqD=]|s([^\w\s\\])(?:(?!\1)[^\\\n]|\\[^\n])*\1(?:(?!\1)[^\\\n]|\\[^\n])*\1[gpiI\d]*)?\s*$/
const IN_PLACE = /^-[a-zA-Z]*i|^--in-place/

/** Scripts that only print, delete and replace lines; GNU sed can run programs and write files. */
function* sed(call: Call): Generator<Flag> {
  if (call.args.some((word) => word !== null && IN_PLACE.test(word))) yield 'shell_overwrite'
  const given = call.args.flatMap((word, at) =>
    word === '-e' || word === '--expression' ? [call.args[at + 1] ?? null] : [],
  )
  const scripts = given.length > 0 ? given : operandsOf(call.args).slice(0, 1)
  const read = scripts.every((script) => script?.split(/[;\n]/).every((line) => SED.test(line)))
  if (!read || optionsOf(call.args).includes('--file')) yield 'unparsed'
}

function* evaluate(call: Call): Generator<Flag> {
  yield 'shell_interpreter'
  const told = call.args.filter((word) => word !== null)
  call.script(told.length === call.args.length ? told.join(' ') : null)
  if (call.fromNetwork()) yield* REMOTE
}

function trap(call: Call): readonly Flag[] {
  const [first, second] = call.args
  call.script((first === '--' ? second : first) ?? null)
  return []
}

function* alias(call: Call): Generator<Flag> {
  yield* UNSEEN
  for (const word of call.args) call.script(word === null ? null : word.replace(/^[^=]*=?/, ''))
}

/** Options whose value is a command. */
const starts =
  (options: RegExp): CallRule =>
  (call) =>
    call.args.some((word) => word !== null && options.test(word)) ? started(call, options) : []

function* started(call: Call, options: RegExp): Generator<Flag> {
  for (const [at, word] of call.args.entries()) {
    const given = word === null ? undefined : options.exec(word)
    if (!given) continue
    yield* UNSEEN
    call.script(given[0] === word ? (call.args[at + 1] ?? null) : (word ?? '').slice(given[0].length))
  }
}

/** Programs with options that take a command, or a file of commands. */
const STARTING: readonly (readonly [programs: string, options: RegExp])[] = [
  ['mapfile readarray complete compgen', /^-C/],
  ['bind enable hash', /^-[a-z]*[fpx]/],
  ['man less more', /^\+[^!]*!|^-P|^--pager=?/],
  ['ssh', /^(?:-o ?)?(?:proxy|local|remote|knownhosts)command[= ]/i],
  ['scp sftp', /^-S|^(?:-o ?)?proxycommand[= ]/i],
  ['rsync', /^-[a-z]*e$|^--rsh=?|^--rsync-path=?/],
  ['rg', /^--(?:pre|hostname-bin)(?!-)=?/],
  ['sort', /^--compress-prog\w*=?/],
  ['split', /^--filter=?/],
  [
    'tar bsdtar gtar',
    /^-I|^--(?:use-compress|to-command|checkpoint-action|rsh-command|info-script|new-volume-script)[\w-]*=?|^-F/,
  ],
  ['cpio', /^--rsh-command=?/],
  ['zip', /^-TT|^--unzip-command=?/],
  ['make gmake', /^-E|^--eval=?|^(?:SHELL|\.SHELLFLAGS)=/],
  ['npx', /^-c|^--call=?/],
  ['hg', /^--config$|^--config=/],
  ['svn', /^--(?:diff|diff3|merge|editor)-cmd=?/],
  ['gcc g++ cc c++ clang clang++', /^-wrapper$|^-fplugin=/],
  ['ld', /^-+plugin[= ]?/],
  ['coreutils', /^--coreutils-prog(?:-shebang)?=/],
  ['tcpdump', /^-z/],
  ['rdist', /^-P/],
  ['cvs', /^-e/],
  ['agetty', /^-l|^--login-program=?/],
]

const GIT: readonly (readonly [verbs: string, options: RegExp])[] = [
  ['grep', /^-O|^--op[\w-]*=?/],
  ['rebase', /^-x|^--exe[\w-]*=?/],
  ['difftool', /^-x|^--ext[\w-]*=?/],
  ['clone', /^-u|^--upl[\w-]*=?/],
  ['fetch pull push ls-remote archive fetch-pack send-pack', /^--(?:upl|rec|exe)[\w-]*=?/],
  ['submodule', /^foreach$/],
  ['send-email', /^--(?:smtp-server|sendmail-cmd|to-cmd|cc-cmd|header-cmd)=?/],
]

function* git(call: Call): Generator<Flag> {
  for (const [verbs, options] of GIT)
    if (verbs.split(' ').some((verb) => call.args.includes(verb))) yield* starts(options)(call)
}

/** `exec` and `dlx` are followed by a program. */
function* runner(call: Call): Generator<Flag> {
  yield* starts(/^-c$|^--call=?/)(call)
  const at = call.args.findIndex((word) => /^(?:exec|x|dlx)$/.test(word ?? ''))
  const words = at < 0 ? [] : call.args.slice(at + 1)
  const begin = words.findIndex((word) => !word?.startsWith('-'))
  if (begin >= 0) call.words(words.slice(begin))
}

const STARTERS: ReadonlyMap<string, CallRule> = new Map<string, CallRule>([
  ...STARTING.flatMap(([names, options]) => names.split(' ').map((name) => [name, starts(options)] as const)),
  ['git', git],
  ...['npm', 'pnpm', 'yarn', 'bundle'].map((name) => [name, runner] as const),
])

/** Beside the rule that a program has of its own. */
export const starterRule = (program: string): CallRule | undefined => STARTERS.get(program)

const PROGRAMS: ReadonlyMap<string, CallRule> = new Map<string, CallRule>([
  ['eval', evaluate],
  ['source', sourced],
  ['.', sourced],
  ['trap', trap],
  ['alias', alias],
  ['awk', awk],
  ['gawk', awk],
  ['mawk', awk],
  ['sed', sed],
  ['gsed', sed],
])
