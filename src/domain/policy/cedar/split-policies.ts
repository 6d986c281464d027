/**
 * The text of a policy set, split into its policies before Cedar's parser sees it: size, nesting and operators are
 * bounded here, since a text beyond them can end the engine. Offsets are those of the whole text. SPEC 11.
 */

/** Where a fault is: `line` and `column` count from 1, the column in characters. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface Problem extends Place {
  readonly message: string
  /** What to write instead, where it is known. */
  readonly suggestion: string | null
}

/** One policy as it is written, its closing semicolon included. `start`: offset of its first token, in UTF-16 units. */
export interface PolicySource {
  readonly text: string
  readonly start: number
}

export type Split =
  | { readonly ok: true; readonly policies: readonly PolicySource[] }
  | { readonly ok: false; readonly problem: Problem }

/** Bounds of a set: characters of all and of one policy, policies, and what one may nest, combine and hold. */
export const LIMITS = {
  characters: 1_048_576,
  policies: 2_000,
  policyCharacters: 65_536,
  nesting: 64,
  operators: 150,
  tokens: 4_000,
} as const

type Kind = 'blank' | 'open' | 'close' | 'end' | 'operator' | 'other'

// Every alternative begins with other characters than the rest, and none fails once begun: reading takes linear time.
const TOKEN = /\s+|\/\/[^\n]*|"(?:[^"\\]+|\\[\s\S]?)*(?:"|$)|&&|\|\||::|[=!<>]=|[A-Za-z_]\w*|[\s\S]/gu
const BLANK = /^(?:\s|\/\/)/u

/** Words that combine expressions: a chain of any of them nests in the engine as deeply as it is long. */
const OPERATOR_WORDS = ['if', 'in', 'has', 'like', 'is', 'when', 'unless']
const OPERATOR_SIGNS = ['&&', '||', '::', '==', '!=', '<=', '>=', '<', '>', '.', '+', '*', '!', '-']

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...['(', '[', '{'].map((sign) => [sign, 'open'] as const),
  ...[')', ']', '}'].map((sign) => [sign, 'close'] as const),
  [';', 'end'],
  ...[...OPERATOR_WORDS, ...OPERATOR_SIGNS].map((one) => [one, 'operator'] as const),
])

interface Token {
  readonly kind: Kind
  readonly text: string
  readonly start: number
}

function* tokensOf(text: string): Generator<Token> {
  for (const { 0: found, index: start } of text.matchAll(TOKEN)) {
    yield { kind: KINDS.get(found) ?? (BLANK.test(found) ? 'blank' : 'other'), text: found, start }
  }
}

/** Counts what one policy nests and combines. */
interface Count {
  readonly start: number
  depth: number
  operators: number
  tokens: number
}

/** Refuses what is beyond the limits. Does not say whether a policy parses. */
export function splitPolicies(text: string): Split {
  const refuse = (start: number, message: string): Split => ({
    ok: false,
    problem: { ...placeAt(text, start), message, suggestion: null },
  })
  if (text.length > LIMITS.characters)
    return refuse(0, `A policy set has at most ${LIMITS.characters.toLocaleString('en')} characters.`)
  const policies: PolicySource[] = []
  let open: Count | undefined
  for (const token of tokensOf(text)) {
    if (token.kind === 'blank') continue
    open ??= { start: token.start, depth: 0, operators: 0, tokens: 0 }
    const fault = countToken(open, token)
    if (fault !== undefined) return refuse(token.start, fault)
    if (token.kind !== 'end' || open.depth > 0) continue
    policies.push({ text: text.slice(open.start, token.start + 1), start: open.start })
    if (policies.length > LIMITS.policies)
      return refuse(token.start, `A policy set has at most ${LIMITS.policies.toLocaleString('en')} policies.`)
    open = undefined
  }
  if (open) return refuse(text.length, 'The last policy has no end. It ends with a semicolon.')
  return { ok: true, policies }
}

function countToken(open: Count, { kind, start, text }: Token): string | undefined {
  open.tokens++
  if (kind === 'open') open.depth++
  if (kind === 'close') open.depth--
  if (kind === 'operator' || text === '[') open.operators++
  if (open.depth < 0) return `This ${text} closes nothing.`
  if (open.depth > LIMITS.nesting) return `A policy nests at most ${LIMITS.nesting} deep.`
  if (open.operators > LIMITS.operators) return `A policy has at most ${LIMITS.operators} operators. Write several.`
  if (open.tokens > LIMITS.tokens)
    return `A policy has at most ${LIMITS.tokens.toLocaleString('en')} words and signs. Write several.`
  if (start + text.length - open.start > LIMITS.policyCharacters)
    return `A policy has at most ${LIMITS.policyCharacters.toLocaleString('en')} characters.`
  return undefined
}

/** The place of an offset in UTF-16 units. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 }
}

/** Cedar counts in UTF-8 bytes: the offset in UTF-16 units of a byte within `text`. */
export function offsetOfByte(text: string, byte: number): number {
  const bytes = new TextEncoder().encode(text).subarray(0, byte)
  return new TextDecoder().decode(bytes).length
}
