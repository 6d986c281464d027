/**
 * Programs that only read, with every option that they may be given; what is not listed may write, send or run.
 * SPEC 11.1.
 */
import type { PlainWord } from './plain-commands.ts'

export type ReadingRule = (words: readonly PlainWord[]) => boolean

/** Short options, `n:` with a value, `#` for a number as in `-20`; long options; how many operands. */
type Row = readonly [programs: string, shorts?: string, longs?: string, operands?: number]

const DIFF =
  'oneline stat shortstat numstat name-only name-status graph decorate all branches tags remotes since until after before author committer grep max-count skip format pretty date follow reverse no-merges merges first-parent patch no-patch cached staged color no-color word-diff unified abbrev-commit diff-filter exit-code quiet ignore-all-space summary topo-order find-renames no-renames no-ext-diff no-textconv check'
const GREP =
  'include exclude exclude-dir color colour line-number recursive ignore-case files-with-matches files-without-match count max-count only-matching invert-match word-regexp fixed-strings extended-regexp perl-regexp no-filename with-filename no-messages after-context before-context context text'

const ROWS: readonly Row[] = [
  ['true false whoami', '', '', 0],
  ['pwd', 'LP', '', 0],
  ['cd', '', '', 1],
  ['sleep', ''],
  ['ls', 'aAbBcCdFgGhHiklLmnNopqQrRsStuUvxX1', 'all almost-all color human-readable recursive group-directories-first'],
  ['cat', 'AbeEnstTuv', 'number show-all'],
  ['head tail', '#qvn:c:', 'lines bytes quiet'],
  ['wc', 'clmwL', 'lines words bytes chars'],
  ['tac rev', ''],
  ['grep egrep fgrep', '#abcEFGHhIilLnoPqrRsvwxyzZA:B:C:e:f:m:', GREP],
  [
    'rg',
    'abcFHiIlLnNoPqsSuUvwx.A:B:C:e:g:m:t:T:M:r:',
    'files hidden no-ignore glob iglob type type-not type-list json line-number no-heading heading ignore-case smart-case files-with-matches files-without-match count count-matches max-count max-depth only-matching invert-match word-regexp fixed-strings multiline color no-filename with-filename after-context before-context context sort no-messages trim stats pcre2 replace',
  ],
  ['sort', 'bdfghiMnrRsuVzk:t:', 'numeric-sort reverse unique human-numeric-sort version-sort key field-separator'],
  ['uniq', 'cdDiuf:s:w:', 'count repeated unique ignore-case', 1],
  ['cut', 'b:c:d:f:s', 'delimiter fields characters complement output-delimiter'],
  ['tr', 'cCds'],
  ['paste', 'sd:'],
  ['comm', '123'],
  ['fold fmt', 'sw:'],
  ['nl', 'b:n:w:s:v:'],
  ['column', 'ts:'],
  ['seq', 'ws:'],
  ['diff', 'abBiNqrstuwyU:C:x:W:', 'brief unified recursive color side-by-side ignore-all-space exclude'],
  ['cmp', 'bls'],
  ['stat', 'c:Lx', 'format'],
  ['file', 'bihkL', 'brief mime mime-type mime-encoding'],
  ['du', 'abchHkLlmsSxd:', 'max-depth summarize human-readable apparent-size'],
  ['df', 'ahHiklPT', 'human-readable'],
  ['od', 'A:t:N:j:bcdovx'],
  ['hexdump', 'Cvn:s:'],
  ['strings', 'an:t:'],
  ['md5sum sha1sum sha256sum sha512sum cksum', 'b'],
  ['basename dirname', 'as:z'],
  ['readlink realpath', 'efmnqsz'],
  ['which', 'a'],
  ['type', 'aptP'],
  ['command -v', ''],
  ['id', 'gGnru'],
  ['uname', 'aimnoprsv'],
  ['hostname', 'fis', '', 0],
  ['uptime', 'ps', '', 0],
  ['nproc', '', 'all', 0],
  ['ps', 'AacefFHjlLNTwxC:G:o:p:t:u:U:', 'no-headers sort forest'],
  ['pgrep', 'aflnxu:P:'],
  [
    'jq',
    'aceCjMnrRsS',
    'arg argjson raw-output compact-output slurp null-input raw-input sort-keys exit-status tab indent',
  ],
  ['git status', 'sbvu:', 'short branch porcelain untracked-files ignored no-renames verbose'],
  ['git log', '#piEFswbn:S:G:L:U:M', DIFF],
  ['git show', '#psqwbU:M', DIFF],
  ['git diff', 'pswbRU:M', DIFF],
  ['git shortlog', 'sne', DIFF],
  ['git blame', 'wseflL:MC', 'date porcelain'],
  ['git grep', 'nilLcwEFPoqvhHIpWe:A:B:C:m:', GREP],
  ['git ls-files', 'cdmostuz', 'cached deleted modified others exclude-standard stage full-name error-unmatch'],
  ['git ls-tree', 'rdtlz', 'name-only full-name full-tree long'],
  ['git cat-file', 'tspe'],
  [
    'git rev-parse',
    'q',
    'show-toplevel show-prefix show-cdup git-dir abbrev-ref short verify is-inside-work-tree quiet',
  ],
  ['git rev-list', '#n:', `count left-right ${DIFF}`],
  ['git merge-base', 'a', 'all is-ancestor fork-point octopus'],
  ['git describe', '', 'tags all always dirty long abbrev match exact-match contains'],
  ['git name-rev', '', 'tags name-only'],
  ['git show-ref', 's', 'heads tags verify hash'],
  ['git branch', 'avr', 'all remotes verbose show-current list', 0],
  ['git tag', 'ln', 'list', 0],
  ['git remote', 'v', 'verbose', 0],
  ['git stash list', '', '', 0],
  ['git worktree list', '', 'porcelain', 0],
  ['git version', '', '', 0],
  ['git --version', '', '', 0],
  ['node --version', '', '', 0],
  ['npm --version', '', '', 0],
  ['python3 --version', '', '', 0],
  ['docker ps', 'aqlsn:f:', 'all quiet filter format no-trunc'],
  ['docker images', 'aqf:', 'all quiet filter format no-trunc'],
  ['docker logs', 'tn:', 'tail timestamps since until'],
  ['docker inspect', 'sf:', 'format type size'],
  ['kubectl get', 'An:o:l:', 'namespace all-namespaces output selector no-headers show-labels sort-by field-selector'],
  ['kubectl describe', 'An:l:', 'namespace all-namespaces selector'],
  ['kubectl logs', 'pn:c:l:', 'namespace container previous tail since timestamps selector all-containers'],
  ['systemctl status', 'ln:', 'no-pager lines full'],
  ['systemctl is-active', ''],
  ['systemctl is-enabled', ''],
]

function ruleOf([, shorts = '', longs = '', operands = Number.POSITIVE_INFINITY]: Row): ReadingRule {
  const known = new Set(longs.split(' ').map((name) => `--${name}`))
  const letters = shorts.replace(/[\w.]:/g, '').replace('#', '')
  const valued = [...shorts.matchAll(/([\w.]):/g)].map(([, letter]) => letter).join('')
  const bundle = new RegExp(`^-(?:[${letters}]+|[${letters}]*${valued ? `[${valued}].*` : '(?!)'})$`, 's')
  const isKnown = (text: string): boolean =>
    text.startsWith('--')
      ? known.has(text.replace(/=.*$/s, ''))
      : bundle.test(text) || (shorts.includes('#') && /^-\d+$/.test(text))
  return (given) => {
    // It may be the value of the option before it: what follows is held to the same rules.
    const words = given.filter(({ text }) => text !== '--')
    return (
      words.filter(isOperand).length <= operands &&
      words.every((word) => isOperand(word) || isKnown(word.text)) &&
      words.every((word) => (operands === Number.POSITIVE_INFINITY ? isFixed(word) : !word.spreads))
    )
  }
}

const isOperand = ({ text }: PlainWord): boolean => !/^-./s.test(text)

/** A pattern at the beginning of a word could become an option. */
const isFixed = ({ text, spreads }: PlainWord): boolean => !spreads || /^[\w./]/.test(text)

/** Expressions, of which each word that begins with a hyphen is listed, and numbers. */
const expression =
  (listed: string): ReadingRule =>
  (words) =>
    words.every((word) => isFixed(word) && (isOperand(word) || isIn(listed, word.text)))

const isIn = (listed: string, word: string): boolean =>
  listed.split(' ').includes(word.slice(1)) || /^-\d+[bcwkMG]?$/.test(word)

/** A program in a language of its own, of which only these are known, then files. */
const telling =
  (program: RegExp, ...options: readonly string[]): ReadingRule =>
  (words) => {
    const [given, ...files] = words.slice(options.length)
    const begins = options.every((option, at) => words[at]?.text === option)
    return (
      begins &&
      given !== undefined &&
      program.test(given.text) &&
      files.every((file) => isFixed(file) && !/^-.|=/s.test(file.text))
    )
  }

const date = ruleOf(['date', 'uRI', 'utc iso-8601 rfc-3339 date'])
const TESTS = 'f d e s r w x L h z n'

const finds = expression(
  'name iname path ipath wholename regex iregex type maxdepth mindepth size mtime mmin atime ctime newer empty print print0 o or a and not prune L H P xdev mount perm user group ls quit depth readable writable executable',
)

/** By program, or by program and verb. */
export const READING_PROGRAMS: ReadonlyMap<string, ReadingRule> = new Map<string, ReadingRule>([
  ...ROWS.flatMap((row) => {
    const names = /^(?:git|docker|kubectl|systemctl|command|node|npm|python3) /.test(row[0])
      ? [row[0]]
      : row[0].split(' ')
    return names.map((name) => [name, ruleOf(row)] as const)
  }),
  ['echo', () => true],
  [':', () => true],
  ['find', finds],
  ['gfind', finds],
  ['test', expression(TESTS)],
  ['[', (words) => words.at(-1)?.text === ']' && expression(TESTS)(words)],
  ['sed', telling(/^(?:\d+(?:,(?:\d+|\$))?p(?:; ?)?)+$/, '-n')],
  ['awk', telling(/^\{ ?print \$\d+(?:, ?\$\d+)* ?\}$/)],
  // Any other operand sets the clock.
  ['date', (words) => date(words) && words.every(({ text }) => /^[+-]./s.test(text))],
])
