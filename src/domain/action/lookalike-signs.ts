/**
 * Punctuation and symbols that imitate ASCII: marked where the sign decides what an address, a path, a number or an
 * option of a command is, and not where it is typography of the text around it.
 */
import { type Context, TWINS, type Twin } from './twins.ts'

/** Punctuation that decides what an address, a path or a command means. Quotation marks and the like are typography. */
const DECISIVE = /[./\\:;@?!#%&=_|$~]/
/** These make another address also within East Asian text, and browsers take some of them for the ASCII one. */
const DIVIDES_ADDRESSES = /[./@\\]/
const ENCLOSED = /^[\u{24B6}-\u{24E9}\u{1F130}-\u{1F189}]/u

export function suspicionOfSign({ index, 0: sign }: RegExpExecArray, stretch: string, context: Context) {
  const end = index + sign.length
  const { isEnclosed, twin } = traitsOfSign(sign)
  if (isEnclosed) return ENCLOSED.test(stretch.slice(end, end + 2)) ? 'LETTERS IN CIRCLES OR SQUARES' : undefined
  if (!twin) return undefined
  const around = { before: stretch.charAt(index - 1), after: stretch.charAt(end) }
  const imitates =
    dividesAddress(twin, around) ||
    (!context.isHonest(twin) && isMisleading(twin, { stretch, index, ...around }, context))
  return imitates ? imitation(twin.looksLike) : undefined
}

interface SignTraits {
  readonly isEnclosed: boolean
  readonly twin: Twin | undefined
}

/** Asking for its normal form costs more than remembering it. Unicode has some thousand signs. */
const SIGNS = new Map<string, SignTraits>()

function traitsOfSign(sign: string): SignTraits {
  const known = SIGNS.get(sign)
  if (known) return known
  const traits = { isEnclosed: ENCLOSED.test(sign), twin: TWINS.get(sign) ?? compatible(sign) }
  SIGNS.set(sign, traits)
  return traits
}

export const imitation = (looksLike: string): string => `CHARACTER THAT LOOKS LIKE “${looksLike}”`

export const isDecisive = (looksLike: string): boolean => DECISIVE.test(looksLike)

interface Around {
  readonly before: string
  readonly after: string
}

const dividesAddress = ({ looksLike }: Twin, { before, after }: Around): boolean =>
  DIVIDES_ADDRESSES.test(looksLike) && /^[a-z\d]{2}$/i.test(before + after) && /[a-z]/i.test(before + after)

function isMisleading(
  { looksLike }: Twin,
  { stretch, index, before, after }: Around & { readonly stretch: string; readonly index: number },
  { isAddress }: Context,
): boolean {
  if (looksLike === '-') return isAddress() || isInOption(stretch, index, after)
  if (looksLike === ',') return /\d/.test(before) && /\d/.test(after)
  return isDecisive(looksLike) || (/\w/.test(looksLike) && /[a-z]/.test(before) && /[a-z]/.test(after))
}

const DASHES = /[-‐‑‒–﹘⁃˗−➖]/
const LONGEST_OPTION = 64

/** Whether a dash stands in an option of a command, such as `--dry-run`: with this one it is no option, or another. */
function isInOption(stretch: string, index: number, after: string): boolean {
  const before = stretch.slice(Math.max(0, index - LONGEST_OPTION), index)
  const word = before.slice(Math.max(...[' ', '\n', '\t', '"', "'"].map((end) => before.lastIndexOf(end))) + 1)
  return (word === '' || DASHES.test(word.charAt(0))) && (/[a-z]/i.test(after) || DASHES.test(after))
}

/** A wide or small form of an ASCII sign, and the full stops that domain names take for a dot. */
function compatible(sign: string): Twin | undefined {
  const looksLike = /[。｡]/.test(sign) ? '.' : sign.normalize('NFKC')
  return looksLike !== sign && /^[!-~]$/.test(looksLike) ? { character: sign, script: 'Common', looksLike } : undefined
}
