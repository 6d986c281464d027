/**
 * Whether a shell text only reads: every program in it is known, and none of them writes, sends, runs another or changes
 * the machine. What is not known does not. SPEC 11.1.
 */
import { type Command, forEachChild, parse, type Redirection, type Script, type SyntaxNode } from 'unbash'
import { type Budget, take } from '../budget.ts'
import type { Flag } from '../signals.ts'
import { isStream } from './paths.ts'
import { readTree } from './read-shell.ts'
import { nameOf, programOf, type Told, toldOf, wordOf } from './shell-words.ts'

const MAX_TEXT = 16 * 1024

const READERS = new Set(
  `[ : awk basename cat cd cksum cmp column comm cut date df diff dirname du echo egrep expand expr false fgrep file find
  fold fmt gawk gfind grep gsed head hexdump hostid id jq join ls mawk md5sum nl nproc od paste pgrep printf ps pwd
  readlink realpath rev rg sed seq sha1sum sha256sum sha512sum sleep sort stat strings sum tac tail test tr true tsort
  tty type uname uniq uptime wc which who whoami`.split(/\s+/),
)

/** Options by which one of them writes, sets or runs. */
const ACTS: Readonly<Record<string, RegExp>> = {
  date: /^(?:-s|--set)/,
  file: /^(?:-C|--compile)/,
  rg: /^--(?:pre|hostname-bin)/,
  sort: /^(?:-o|--output|--compress-program)/,
  find: /^-(?:exec|execdir|ok|okdir|delete|fprint.*|fls)$/,
  gfind: /^-(?:exec|execdir|ok|okdir|delete|fprint.*|fls)$/,
}

/** Programs with verbs that only read. */
const VERBS: Readonly<Record<string, RegExp>> = {
  git: /^(?:blame|cat-file|cherry|describe|diff|diff-tree|grep|log|ls-files|ls-remote|ls-tree|merge-base|name-rev|rev-list|rev-parse|shortlog|show|show-ref|status|whatchanged)$/,
  npm: /^(?:ls|list|outdated|root|search|view)$/,
  docker: /^(?:images|inspect|logs|ps|stats|top|version)$/,
  kubectl: /^(?:describe|explain|get|logs|top|version)$/,
  systemctl: /^(?:cat|is-active|is-enabled|list-units|show|status)$/,
}
const VERB_ACTS = /^(?:--output|--ext-diff|--textconv|-O|--open-files-in-pager|--upload-pack|--exec)/

/** A text of 16 KiB or more is not parsed. */
export function onlyReads(text: string): boolean {
  const budget: Budget = { left: MAX_TEXT }
  if (!take(budget, text.length)) return false
  try {
    const tree = parse(text)
    return !tree.errors && reads({ left: MAX_TEXT }, tree) && isHarmless(tree, budget)
  } catch {
    return false
  }
}

const UNREAD: readonly Flag[] = ['unparsed']

/** The rules of signals set no flag but `wildcard`. */
function isHarmless(tree: Script, budget: Budget): boolean {
  const found = new Set<Flag>()
  readTree(
    {
      budget,
      fetched: new Set(),
      place: { piece: () => '' },
      add: (flag) => void found.add(flag),
      sql: () => UNREAD,
    },
    tree,
  )
  return [...found].every((flag) => flag === 'wildcard')
}

function reads(budget: Budget, at: SyntaxNode): boolean {
  if (!take(budget, 1) || ('errors' in at && at.errors) || at.type === 'Function') return false
  if (at.type === 'Command' && !isReader(at)) return false
  if (at.type === 'Redirect' && !readsFrom(at)) return false
  let all = true
  forEachChild(at, (child) => {
    all &&= reads(budget, child)
  })
  return all
}

function readsFrom(at: Redirection): boolean {
  if (at.type !== 'Redirect' || !at.target || at.operator === '<') return true
  const target = wordOf(at.target)
  return target !== null && (isStream(target) || (/&$/.test(at.operator) && /^(?:\d+-?|-)$/.test(target)))
}

function isReader({ name, prefix, args }: Command): boolean {
  if (prefix.some(({ type }) => type === 'Assignment')) return false
  if (!name) return true
  const called = nameOf(name)
  // A path may lead to any program of that name.
  if (called === null || called.includes('/')) return false
  const program = programOf(called)
  const words = args.map(toldOf)
  const verbs = VERBS[program]
  if (verbs) return readsByVerb(verbs, words)
  if (program === 'uniq' && words.filter((word) => word === null || !word.startsWith('-')).length > 1) return false
  const acts = ACTS[program]
  return READERS.has(program) && !(acts && words.some((word) => word === null || acts.test(word)))
}

/** The verb comes first: options before it could set what it runs. */
const readsByVerb = (verbs: RegExp, [verb, ...words]: readonly Told[]): boolean =>
  typeof verb === 'string' && verbs.test(verb) && !words.some((word) => word === null || VERB_ACTS.test(word))
