/**
 * Filters and paths of SCIM, read from text. Bounded: 1,024 characters, 16 levels, 50 comparisons. RFC 7644, 3.4.2.2
 * and 3.5.2.
 */

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le'
export type Comparable = string | number | boolean | null

/** `path`: names in lower case, without the URN of their schema. */
export type Filter =
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  | { readonly op: 'pr'; readonly path: readonly string[] }
  | { readonly op: 'where'; readonly path: readonly string[]; readonly filter: Filter }
  | { readonly op: Operator; readonly path: readonly string[]; readonly value: Comparable }

/** How many comparisons one value costs. */
export function comparisonsIn(filter: Filter): number {
  if ('filters' in filter) return filter.filters.reduce((sum, one) => sum + comparisonsIn(one), 0)
  return 'filter' in filter ? 1 + comparisonsIn(filter.filter) : 1
}

/** An attribute of a resource, or those of its values that a filter chooses, or one member of them. */
export interface AttributePath {
  /** The URN before the name, in lower case; null without one. */
  readonly schema: string | null
  readonly name: string
  readonly filter: Filter | null
  readonly sub: string | null
}

const MAX_LENGTH = 1024
const MAX_DEPTH = 16
const MAX_COMPARISONS = 50

/** Why a text is no filter or path, in words for its sender. */
export class FilterFault extends Error {
  override readonly name = 'FilterFault'
}

const OPERATORS: ReadonlySet<string> = new Set(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])
const isOperator = (word: string): word is Operator => OPERATORS.has(word)

const TOKEN =
  /\s+|("(?:[^"\\\p{Cc}]|\\["\\/bfnrtu])*")|([()[\]])|(-?\d+(?:\.\d+)?(?![\w.:$-]))|(\.?[A-Za-z$][\w$:.-]*)/uy

interface Token {
  readonly kind: 'text' | 'bracket' | 'number' | 'word' | 'end'
  readonly text: string
}

const END: Token = { kind: 'end', text: 'the end' }
const KINDS = ['text', 'bracket', 'number', 'word'] as const

function tokensOf(source: string): readonly Token[] {
  if (source.length > MAX_LENGTH) throw new FilterFault(`it has more than ${MAX_LENGTH} characters`)
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(source)
    if (!found) throw new FilterFault(`it cannot be read at character ${at + 1}`)
    for (const [index, kind] of KINDS.entries()) {
      const text = found[index + 1]
      if (text !== undefined) tokens.push({ kind, text })
    }
  }
  return tokens
}

/** Throws `FilterFault`. */
export function parseFilter(source: string): Filter {
  const reader = createReader(tokensOf(source))
  const filter = reader.either(0)
  reader.expectEnd()
  return filter
}

/** Throws `FilterFault`. */
export function parsePath(source: string): AttributePath {
  const reader = createReader(tokensOf(source))
  const path = reader.attributePath()
  reader.expectEnd()
  return path
}

function createReader(tokens: readonly Token[]) {
  let at = 0
  let comparisons = 0
  const peek = () => tokens[at] ?? END
  const isWord = (word: string) => peek().kind === 'word' && peek().text.toLowerCase() === word
  function take(): Token {
    const token = peek()
    at++
    return token
  }
  function expect(text: string): void {
    const token = take()
    if (token.text !== text) throw new FilterFault(`${text} is expected in place of ${token.text}`)
  }
  function series(word: 'and' | 'or', next: (depth: number) => Filter, depth: number): Filter {
    if (depth > MAX_DEPTH) throw new FilterFault(`it nests deeper than ${MAX_DEPTH} levels`)
    const first = next(depth)
    const filters = [first]
    while (isWord(word)) {
      take()
      filters.push(next(depth))
    }
    return filters.length === 1 ? first : { op: word, filters }
  }
  const either = (depth: number): Filter => series('or', both, depth)
  const both = (depth: number): Filter => series('and', one, depth)

  function one(depth: number): Filter {
    const isNot = isWord('not')
    if (isNot) take()
    if (isNot || peek().text === '(') {
      expect('(')
      const filter = either(depth + 1)
      expect(')')
      return isNot ? { op: 'not', filter } : filter
    }
    return comparison(depth)
  }

  function comparison(depth: number): Filter {
    comparisons++
    if (comparisons > MAX_COMPARISONS) throw new FilterFault(`it has more than ${MAX_COMPARISONS} comparisons`)
    const path = namesOf(take())
    if (peek().text === '[') return { op: 'where', path, filter: bracketed(depth) }
    const { kind, text } = take()
    const word = text.toLowerCase()
    if (kind === 'word' && word === 'pr') return { op: 'pr', path }
    if (kind !== 'word' || !isOperator(word)) throw new FilterFault(`${text} is no operator`)
    return { op: word, path, value: comparableOf(take()) }
  }

  function bracketed(depth: number): Filter {
    expect('[')
    const filter = either(depth + 1)
    expect(']')
    return filter
  }

  return {
    either,
    expectEnd() {
      if (peek() !== END) throw new FilterFault(`${peek().text} is too much`)
    },
    attributePath(): AttributePath {
      const token = take()
      const names = namesOf(token)
      const [name = '', ...subs] = names
      const filter = peek().text === '[' ? bracketed(0) : null
      if (filter !== null && peek() !== END) subs.push(...subOf(take()))
      if (subs.length > 1 || (filter !== null && names.length > 1)) throw new FilterFault('it names too many members')
      return { schema: schemaOf(token), name, filter, sub: subs[0] ?? null }
    },
  }
}

function schemaOf({ text }: Token): string | null {
  const end = text.lastIndexOf(':')
  return end < 0 ? null : text.slice(0, end).toLowerCase()
}

function namesOf({ kind, text }: Token): readonly string[] {
  const path = text.slice(text.lastIndexOf(':') + 1).toLowerCase()
  const names = path.split('.')
  if (kind !== 'word' || names.some((name) => name === '')) throw new FilterFault(`${text} is no attribute`)
  return names
}

function subOf({ kind, text }: Token): readonly string[] {
  if (kind !== 'word' || !/^\.[^.:]+$/.test(text)) throw new FilterFault(`${text} is no member`)
  return [text.slice(1).toLowerCase()]
}

function comparableOf({ kind, text }: Token): Comparable {
  if (kind === 'number') return Number(text)
  const word = text.toLowerCase()
  if (kind === 'word' && (word === 'true' || word === 'false')) return word === 'true'
  if (kind === 'word' && word === 'null') return null
  const value = kind === 'text' ? stringOf(text) : undefined
  if (value === undefined) throw new FilterFault(`${text} is no value`)
  return value
}

/** A JSON string; a `\u` without its digits is none. */
function stringOf(text: string): string | undefined {
  try {
    const value = String(JSON.parse(text))
    return /\p{Cc}/u.test(value) ? undefined : value
  } catch {
    return undefined
  }
}
