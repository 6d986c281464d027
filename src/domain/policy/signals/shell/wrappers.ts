/**
 * Programs that run another program, named in their words. Their own options are many, so every word that names a known
 * program is read as the beginning of a call, and a text with blanks as a script. SPEC 11.1.
 */
import type { Flag } from '../signals.ts'
import { isInterpreter } from './interpreters.ts'
import type { Call, CallRule } from './program-call.ts'
import type { Told } from './shell-words.ts'
import { programOf } from './shell-words.ts'

const PLAIN =
  'env command builtin exec nohup nice ionice chrt taskset time timeout stdbuf setsid unbuffer caffeinate busybox toybox chroot nsenter unshare setarch strace ltrace systemd-run coproc entr dbus-run-session faketime cpulimit prlimit firejail proot fakeroot npx pnpx bunx setpriv tmux screen bwrap valgrind perf ifne sg capsh start-stop-daemon daemonize numactl cgexec dtach chpst setuidgid xvfb-run proxychains proxychains4 torsocks chronic hyperfine linux32 linux64 rr pssh ansible coreutils uv poetry rlwrap eatmydata logsave dbus-launch ssh-agent catchsegv'
const PRIVILEGED = 'sudo doas su runuser pkexec gosu su-exec runas machinectl'
const ELSEWHERE =
  'ssh slogin autossh mosh docker podman nerdctl kubectl oc lxc vagrant script watch flock parallel xargs'

const namesOf = (list: string) => new Set(list.split(' '))
const [plain, privileged, elsewhere] = [PLAIN, PRIVILEGED, ELSEWHERE].map(namesOf)

/** The program's own rule comes beside this one: `docker rm` removes, `docker exec` runs. */
export const wrapperRule =
  (isKnown: (program: string) => boolean) =>
  (program: string): CallRule | undefined => {
    const raises = privileged?.has(program) ?? false
    if (!raises && !plain?.has(program) && !elsewhere?.has(program)) return undefined
    return function* (call) {
      if (raises) yield 'shell_privileged'
      yield* inner(call, isKnown)
    }
  }

function* inner(call: Call, isKnown: (program: string) => boolean): Generator<Flag> {
  if (call.args.length > MAX_WORDS) yield 'unparsed'
  const words = call.args.slice(0, MAX_WORDS)
  for (const [at, word] of words.entries()) {
    if (word === null) yield* unseen(words.slice(0, at))
    else if (/[\s;|&<>$`()]/.test(word)) call.script(word)
    else if (isKnown(programOf(word)) && !isVerb(word, words.slice(0, at))) yield* begins(call, words.slice(at))
  }
}

const MAX_WORDS = 64

/** Programs whose words are data. */
const QUOTES = /^(?:echo|printf|man|which|type|whatis|apropos|e?grep|fgrep|rg|ag|ack|fd|kill|mkdir|touch|export)$/
const DOER = /^(?:\S*\/)?(?:rm|dd|shred|mkfs\S*|wipefs|(?:ba|z|da|k)?sh|eval)(?=$|\s+[-/~])/

/** Whether a program that is not known is given a command, in its words or in one of them. */
export const mayStart = ({ program, args }: Call): boolean =>
  !QUOTES.test(program) &&
  args.some(
    (word, at) =>
      word !== null &&
      DOER.test(word.replace(/^[!+|@\s]+/, '')) &&
      (/\s/.test(word) || /^[-/~]/.test(args[at + 1] ?? '')),
  )

/** `apt install` installs: names that are also verbs or operands of other programs count where no other word stands before. */
const isVerb = (word: string, before: readonly Told[]): boolean =>
  /^(?:\.|install|at|format|make|source|init)$/.test(word) && before.some((one) => one !== null && /^[a-z]/i.test(one))

/** Words that only the shell knows may be the program itself, until one was named. */
function* unseen(before: readonly Told[]): Generator<Flag> {
  if (!before.some((word) => word !== null && /^[\w./-]+$/.test(word) && !word.startsWith('-'))) yield 'unparsed'
}

function* begins(call: Call, words: readonly Told[]): Generator<Flag> {
  call.words(words)
  const spread = call.program === 'xargs' || call.program === 'parallel'
  if (spread && isInterpreter(programOf(words[0] ?? ''))) yield* ['shell_interpreter', 'unparsed'] as const
}
