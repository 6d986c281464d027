/** Programs on files and machines, each with what a call of it does. SPEC 11.1. */
import type { Flag } from '../signals.ts'
import { isNetwork, isStream, isSystemPath, isWholeSystem } from './paths.ts'
import { always, type Call, type CallRule } from './program-call.ts'
import { operandsOf, optionsOf, type Told } from './shell-words.ts'

const told = (words: readonly Told[]): string[] => words.filter((word) => word !== null)

/** A word that only the shell knows could be any option or operand. */
function* untold(words: readonly Told[]): Generator<Flag> {
  if (words.includes(null)) yield 'unparsed'
}

function* remove({ args }: Pick<Call, 'args'>): Generator<Flag> {
  yield 'shell_delete'
  yield* untold(args)
  if (operandsOf(args).some((path) => path !== null && /[*?[]/.test(path))) yield 'wildcard'
  const recursive = optionsOf(args).some((option) =>
    /^-[rRfds]$|^--(?:recursive|force|no-preserve-root)$|^-recurse$/i.test(option),
  )
  if (recursive && told(operandsOf(args)).some(isWholeSystem)) yield 'disaster'
}

function* permissions({ args }: Call): Generator<Flag> {
  yield 'shell_permissions'
  yield* untold(args)
  const words = told(args)
  if (
    words.some((word) =>
      /^0?[0-7]?[0-7][0-7][2367]$|^[ugo]*[oa][ugo]*[+=][rwxXst]*w|^[+=]w|^o(?:ther)?::.*w/.test(word),
    )
  )
    yield 'grant_everyone'
  const recursive = optionsOf(args).some((option) => /^-R$|^--recursive$/.test(option))
  if (recursive && words.some(isWholeSystem)) yield* ['disaster', 'shell_system'] as const
}

/** Writing to a path: what stood there may be lost. */
export function overwrite(path: Told): readonly Flag[] {
  if (path === null) return ['shell_overwrite', 'unparsed']
  return isStream(path) ? [] : ['shell_overwrite', ...reaches(path)]
}

/** Adding to a path loses nothing, but can give rights. */
export function reaches(path: string): readonly Flag[] {
  if (isNetwork(path)) return ['shell_remote_code', 'disaster']
  return isSystemPath(path) ? ['shell_system'] : []
}

function* copyTo({ args, program }: Call): Generator<Flag> {
  const target = operandsOf(args).at(-1) ?? null
  yield* overwrite(target)
  if (program === 'mv' && target === '/dev/null') yield 'shell_delete'
  if (optionsOf(args).some((option) => /^--(?:delete|remove-source|del$)/.test(option))) yield 'shell_delete'
}

function* dd({ args }: Call): Generator<Flag> {
  yield* untold(args)
  for (const word of told(args)) {
    if (!word.startsWith('of=')) continue
    yield* overwrite(word.slice(3))
    if (/^\/+dev\//.test(word.slice(3)) && !isStream(word.slice(3))) yield* ['shell_system', 'disaster'] as const
  }
}

function* tee({ args }: Call): Generator<Flag> {
  const adds = optionsOf(args).some((option) => option === '-a' || option === '--append')
  for (const path of operandsOf(args)) yield* path !== null && adds ? reaches(path) : overwrite(path)
}

function* find(call: Call): Generator<Flag> {
  yield* untold(call.args)
  for (const [at, word] of call.args.entries()) {
    if (word === '-delete') yield* remove({ args: ['-r', ...call.args.slice(0, 1)] })
    if (word !== null && /^-f(?:print|ls)/.test(word)) yield* overwrite(call.args[at + 1] ?? null)
    if (word !== null && /^-(?:exec|ok)(?:dir)?$/.test(word)) executes(call, at + 1)
  }
}

function executes(call: Call, at: number): void {
  const end = call.args.findIndex((word, place) => place > at && (word === ';' || word === '+'))
  const words = call.args.slice(at, end < 0 ? undefined : end)
  call.words(words.map((word) => (word === '{}' ? (call.args[0] ?? null) : word)))
}

function* archive({ args }: Call): Generator<Flag> {
  const words = told(args)
  if (
    words.some((word) =>
      /^--(?:to-command|checkpoint-action|use-compress-program|rsh-command|info-script)|^-I./.test(word),
    )
  )
    yield* ['shell_interpreter', 'unparsed'] as const
  if (words.some((word) => /^--(?:extract|get)$/.test(word)) || /^-?[a-zA-Z]*x/.test(words[0] ?? ''))
    yield 'shell_overwrite'
}

function* services({ args }: Call): Generator<Flag> {
  const [verb] = operandsOf(args)
  if (
    verb === undefined ||
    verb === null ||
    !/^(?:status|show|list-?.*|is-.*|cat|get-default|help|version)$/.test(verb)
  )
    yield 'shell_system'
}

function* crontab({ args }: Call): Generator<Flag> {
  if (!optionsOf(args).includes('-l')) yield* ['shell_system', 'unparsed'] as const
}

/** A connection that another program is bound to: a shell for somebody else. */
function* connect({ args }: Call): Generator<Flag> {
  const binds = args.some((word) => word === null || /^-[a-z]*[ec]$|^--(?:sh-)?exec$|exec:|system:/i.test(word))
  if (binds) yield* ['shell_remote_code', 'disaster'] as const
}

function* download({ args }: Call): Generator<Flag> {
  for (const [at, word] of args.entries())
    if (word !== null && /^(?:-o|-O|--output|--output-document)$/.test(word)) {
      const target = args[at + 1]
      if (typeof target === 'string' && target !== '-' && !/^(?:-|\w+:)/.test(target)) yield* overwrite(target)
    }
}

const system = always('shell_system')
const ruinous = always('shell_system', 'disaster')

const NAMES: readonly (readonly [string, CallRule])[] = [
  ['rm unlink shred srm rimraf wipe remove-item ri del erase rd trash', remove],
  ['chmod chown chgrp setfacl chattr icacls takeown', permissions],
  ['cp mv install rsync scp ln rename sponge', copyTo],
  ['truncate', always('shell_delete')],
  ['dd', dd],
  ['tee', tee],
  ['find gfind', find],
  ['tar bsdtar unzip 7z cpio gunzip', archive],
  [
    'mke2fs wipefs blkdiscard fdisk sfdisk gdisk sgdisk parted cryptsetup lvremove vgremove pvremove mdadm hdparm format diskpart swapoff',
    ruinous,
  ],
  ['shutdown reboot halt poweroff init telinit kexec', system],
  ['systemctl service launchctl rc-service', services],
  [
    'iptables ip6tables nft ufw firewall-cmd sysctl mount umount insmod rmmod modprobe setenforce update-rc.d chkconfig killall5',
    system,
  ],
  ['useradd usermod userdel adduser deluser groupadd groupdel gpasswd passwd chpasswd visudo chsh', system],
  ['crontab at batch', crontab],
  ['nc ncat netcat socat', connect],
  ['curl wget', download],
]

export const FILE_RULES: ReadonlyMap<string, CallRule> = new Map(
  NAMES.flatMap(([names, rule]) => names.split(' ').map((name) => [name, rule] as const)),
)

const FORMATS = /^mkfs(?:\.|$)|^newfs/

export const fileRule = (program: string): CallRule | undefined =>
  FORMATS.test(program) ? ruinous : FILE_RULES.get(program)
