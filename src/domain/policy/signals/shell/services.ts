/** Programs that reach repositories, clouds, containers and databases, each with what a call of it does. SPEC 11.1. */
import type { Flag } from '../signals.ts'
import type { Call, CallRule } from './program-call.ts'
import { operandsOf, optionsOf, type Told } from './shell-words.ts'

/** Options of git that take the next word, before its subcommand. */
const GIT_TAKES = ['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path', '--config-env']

function* git(call: Call): Generator<Flag> {
  const [at, configured] = subcommandOf(call.args)
  const command = call.args[at]
  const words = call.args.slice(at + 1)
  if (command === null || configured) yield 'unparsed'
  const rule = GIT.get(command ?? '')
  if (!rule) return
  if (words.includes(null)) yield 'unparsed'
  yield* rule(words)
}

function subcommandOf(args: readonly Told[]): readonly [number, boolean] {
  let [at, configured] = [0, false]
  for (; at < args.length; at++) {
    const word = args[at]
    if (word === null || word === undefined || !word.startsWith('-')) break
    configured ||= /^(?:-c|--config-env|--exec-path)/.test(word)
    if (GIT_TAKES.includes(word)) at++
  }
  return [at, configured]
}

type Words = (words: readonly Told[]) => Iterable<Flag>

const when =
  (options: RegExp, ...flags: Flag[]): Words =>
  (words) =>
    optionsOf(words).some((option) => options.test(option)) ? flags : []

function* push(words: readonly Told[]): Generator<Flag> {
  const forced = optionsOf(words).some((option) => /^-[fd]$|^--(?:force|mirror|delete|prune)/.test(option))
  if (forced || operandsOf(words).some((word) => word !== null && /^[+:]./.test(word))) yield 'shell_force_push'
}

function* config(words: readonly Told[]): Generator<Flag> {
  if (operandsOf(words).length > 1) yield* ['shell_interpreter', 'unparsed'] as const
}

const GIT: ReadonlyMap<string, Words> = new Map([
  ['push', push],
  ['reset', when(/^--hard$/, 'shell_delete')],
  ['clean', when(/^-f$|^--force$/, 'shell_delete')],
  ['branch', when(/^-[dD]$|^--delete$/, 'shell_delete')],
  ['tag', when(/^-d$|^--delete$/, 'shell_delete')],
  ['stash', (words: readonly Told[]) => (words[0] === 'drop' || words[0] === 'clear' ? ['shell_delete'] : [])],
  ['rm', () => ['shell_delete']],
  [
    'checkout',
    (words: readonly Told[]) =>
      words.includes('--') || words.includes('.')
        ? ['shell_overwrite']
        : when(/^-f$|^--force$/, 'shell_overwrite')(words),
  ],
  ['restore', () => ['shell_overwrite']],
  ['filter-branch', () => ['shell_force_push', 'shell_interpreter', 'unparsed']],
  ['filter-repo', () => ['shell_force_push']],
  ['update-ref', when(/^-d$/, 'shell_delete')],
  [
    'reflog',
    (words: readonly Told[]) => (words.includes('expire') || words.includes('delete') ? ['shell_delete'] : []),
  ],
  ['bisect', (words: readonly Told[]) => (words[0] === 'run' ? ['shell_interpreter', 'unparsed'] : [])],
  ['config', config],
])

/** Programs with verbs: what a verb anywhere among the operands does. */
const VERBS: readonly (readonly [string, RegExp, readonly Flag[]])[] = [
  ['docker podman nerdctl', /^(?:rm|rmi|prune|kill)$/, ['shell_delete']],
  ['kubectl oc', /^(?:delete|drain|replace)$/, ['shell_delete']],
  ['helm', /^(?:delete|uninstall)$/, ['shell_delete']],
  ['terraform tofu terragrunt pulumi', /^(?:destroy|taint)$/, ['shell_delete', 'disaster']],
  ['aws', /^(?:rb|rm|delete-.*|terminate-.*|deregister-.*|purge-.*)$/, ['shell_delete']],
  [
    'gcloud gsutil az doctl hcloud flyctl fly heroku vercel netlify',
    /^(?:delete|rm|rb|remove|destroy|purge|.*:destroy)$/,
    ['shell_delete'],
  ],
  ['gh glab', /^delete$/, ['shell_delete']],
  ['npm yarn pnpm', /^unpublish$/, ['shell_delete']],
  ['redis-cli', /^(?:flushall|flushdb)$/i, ['shell_delete', 'disaster']],
  ['dropdb', /^/, ['shell_delete', 'sql_drop', 'disaster']],
  ['dropuser', /^/, ['sql_drop', 'sql_grant']],
  ['mysqladmin', /^drop$/, ['shell_delete', 'sql_drop', 'disaster']],
  ['zfs zpool', /^(?:destroy|labelclear)$/, ['shell_delete', 'shell_system', 'disaster']],
  ['diskutil', /^(?:erase.*|partitionDisk|reformat|secureErase)$/i, ['shell_system', 'disaster']],
  ['btrfs', /^delete$/, ['shell_delete']],
  ['vssadmin wbadmin', /^delete$/i, ['shell_delete', 'disaster']],
  ['reg', /^(?:delete|add)$/i, ['shell_system']],
]

const EVERYONE =
  /^(?:--allow-unauthenticated|(?:.*=)?(?:allUsers|allAuthenticatedUsers|public-read(?:-write)?|0\.0\.0\.0\/0|::\/0)(?::.*)?)$/

const verbs = (pattern: RegExp, flags: readonly Flag[]): CallRule =>
  function* ({ args }) {
    const operands = operandsOf(args)
    if (operands[0] === null || operands[1] === null) yield 'unparsed'
    if (operands.some((word) => word !== null && pattern.test(word))) yield* flags
    if (args.some((word) => word !== null && EVERYONE.test(word))) yield 'grant_everyone'
  }

/** The text of statements stands in an option, in an operand or in the input. */
const database = (options: RegExp, inOperand: boolean): CallRule =>
  function* (call) {
    const { args, fed, input } = call
    const texts = args.flatMap((word, at) => (word !== null && options.test(word) ? [args[at + 1] ?? null] : []))
    const joined = args.flatMap((word) =>
      word === null ? [] : (/^--(?:command|execute)=(?<text>.*)$/s.exec(word)?.[1] ?? []),
    )
    const operand = inOperand ? operandsOf(args).slice(1) : []
    const all = [...texts, ...joined, ...operand, ...(input === undefined ? [] : [input])]
    for (const text of all) yield* call.sql(text)
    if (fed && all.length === 0) yield* ['sql', 'unparsed'] as const
  }

const RULES: ReadonlyMap<string, CallRule> = new Map<string, CallRule>([
  ['git', git],
  ['psql', database(/^-c$|^--command$/, false)],
  ['mysql', database(/^-e$|^--execute$/, false)],
  ['mariadb', database(/^-e$|^--execute$/, false)],
  ['sqlcmd', database(/^-[qQ]$/, false)],
  ['sqlite3', database(/^-cmd$/, true)],
  ['duckdb', database(/^-c(?:md)?$/, true)],
  ['clickhouse-client', database(/^-q$|^--query$/, false)],
  ...VERBS.flatMap(([names, pattern, flags]) => names.split(' ').map((name) => [name, verbs(pattern, flags)] as const)),
])

export const serviceRule = (program: string): CallRule | undefined => RULES.get(program)
