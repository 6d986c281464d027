/**
 * Reads shell texts of the simplest kind, which every shell reads alike: programs with words that hold no expansion,
 * joined by `|`, `&&`, `||`, `;` and line ends. Anything else is not read. SPEC 11.1.
 */

export interface PlainWord {
  readonly text: string
  /** Whether `*` or `?` in it stand for names of files. */
  readonly spreads: boolean
}

/** The program first. */
export type PlainCommand = readonly PlainWord[]

const SINGLE = String.raw`'(?:[^'\\]|\\[^'])*'`
const DOUBLE = String.raw`"(?:[^"\\$\x60!]|\\[^"!\x60\n])*"`
const ESCAPED = String.raw`\\[().!|*?$]`
const QUIET = `(?:[12]?>>?|&>) ?/dev/null|[12]?>&[12]`
const END = String.raw`(?=[ \t\n|;&]|$)`

const TOKEN = new RegExp(
  [
    String.raw`(?<blank>[ \t]+(?:\\\n[ \t]*)*)`,
    String.raw`(?<join>&&|\|\||[|;\n])`,
    `(?<quiet>(?:${QUIET})${END})`,
    String.raw`(?<word>(?:[\w./:,=@%+~^*?-]|${ESCAPED}|${SINGLE}|${DOUBLE})+(?=[ \t\n|;&>]|$)|[[\]]${END})`,
  ].join('|'),
  'uy',
)

/** Undefined where it is of another kind. Linear in its length. */
export function plainCommandsOf(text: string): readonly PlainCommand[] | undefined {
  const commands: PlainWord[][] = [[]]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text)?.groups
    if (!found) return undefined
    if (found['join'] !== undefined) commands.push([])
    if (found['word'] !== undefined) commands.at(-1)?.push(wordOf(found['word']))
  }
  return /[^\P{Cc}\n\t]/u.test(text) ? undefined : commands.filter((words) => words.length > 0)
}

const PIECE = new RegExp(`${SINGLE}|${DOUBLE}|${ESCAPED}`, 'gu')

function wordOf(raw: string): PlainWord {
  return { text: raw.replace(PIECE, unquoted), spreads: /[*?]/.test(raw.replace(PIECE, '')) }
}

function unquoted(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1)
  return piece.startsWith('"') ? piece.slice(1, -1).replace(/\\([$\\])/g, '$1') : piece.slice(1)
}
