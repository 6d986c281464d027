/**
 * Patterns of a schema: read by RE2, in time linear in the text, and only those that ECMAScript reads too, so that the
 * executor's own validator understands the same. A pattern's size is found before it is compiled. SPEC 10.8.
 */
import { RE2JS } from 're2js'

const MAX_LENGTH = 256
/** In instructions of the compiled pattern. */
const MAX_SIZE = 256

interface CompiledPattern {
  readonly test: (text: string) => boolean
  /** The work for each character of a text, at most. */
  readonly size: number
}

/** Why a pattern is not taken, or null. */
export function patternFault(pattern: string): string | null {
  if (pattern.length > MAX_LENGTH) return `a pattern has at most ${MAX_LENGTH} characters`
  if (!isEcmaScript(pattern)) return 'this is not a regular expression of ECMAScript (flag u)'
  // RE2 reads these as classes of POSIX, ECMAScript as the characters themselves.
  if (pattern.includes('[:')) return 'a pattern must not hold “[:”, which engines read differently'
  if (patternSize(pattern) > MAX_SIZE) return `its repetitions are too many: written out, at most ${MAX_SIZE} steps`
  return compile(pattern) === null ? UNSUPPORTED : null
}

const UNSUPPORTED =
  'this engine (RE2) has no look-around, no back references and no \\u escapes. Write the pattern without them'

function isEcmaScript(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

const ATOM = /\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./gsu

/** The instructions of a pattern with its repetitions written out, or a little more. */
export function patternSize(pattern: string): number {
  const groups: number[][] = [[]]
  for (const [atom] of pattern.matchAll(ATOM)) {
    const group = groups.at(-1) ?? []
    if (atom === '(') groups.push([])
    else if (atom === ')' && groups.length > 1) groups.at(-2)?.push(2 + sum(groups.pop() ?? []))
    else if (/^\{\d/.test(atom)) group.push(repeated(group.pop() ?? 0, atom))
    else group.push(1)
  }
  return groups.reduce((size, group) => size + sum(group), 0)
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** `{2,5}` of something is written out as two of it, and three that may be left out. */
function repeated(size: number, quantifier: string): number {
  const [least = 0, most = least] = [...quantifier.matchAll(/\d+/g)].map(([digits]) => Number(digits))
  const optional = quantifier.includes(',') ? most - least + 1 : 0
  return Math.max(size + 1, least * size + optional * (size + 1))
}

const MAX_KEPT = 512
const kept = new Map<string, CompiledPattern | null>()

/** Null for a pattern that the engine does not take. */
export function compile(pattern: string): CompiledPattern | null {
  const known = kept.get(pattern)
  if (known !== undefined) return known
  const compiled = compileAnew(pattern)
  const [oldest] = kept.keys()
  if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest)
  kept.set(pattern, compiled)
  return compiled
}

function compileAnew(pattern: string): CompiledPattern | null {
  try {
    const compiled = RE2JS.compile(pattern)
    return { test: (text) => compiled.test(text), size: compiled.programSize() }
  } catch {
    return null
  }
}
