/**
 * Reads SQL by PostgreSQL's own parser. A text counts as read only where every database reads it alike, unless the
 * catalogue says that it is PostgreSQL's. SPEC 11.1.
 */
import { holdsControls } from '../control-characters.ts'
import type { Flag } from '../signals.ts'
import { isReadAlike, nestsComments } from './dialect.ts'
import { flagsOfTree } from './statements.ts'
import { isNode, listOf } from './tree.ts'

/** The parser, or null where it cannot be loaded; nothing is read then. */
export type ParseSql = ((text: string) => unknown) | null

let loading: Promise<ParseSql> | undefined

/** Loaded when first needed, and once. */
export function loadSql(): Promise<ParseSql> {
  loading ??= import('libpg-query')
    .then(async ({ loadModule, parseSync }) => {
      await loadModule()
      return parseSync
    })
    .catch(() => null)
  return loading
}

export type Dialect = 'sql' | 'postgresql'

/** Undefined where the text cannot be parsed; the parser would end it at a NUL. */
export function statementsOf(parse: ParseSql, text: string): readonly unknown[] | undefined {
  if (!parse || nestsComments(text) || holdsControls(text)) return undefined
  try {
    const tree = parse(text)
    return isNode(tree) ? listOf(tree.stmts) : undefined
  } catch {
    return undefined
  }
}

/** `place`: is told which statement is read. */
export function* flagsOfSql(
  parse: ParseSql,
  text: string,
  dialect: Dialect,
  place: { piece: () => string },
): Generator<Flag> {
  const around = place.piece
  place.piece = () => text.trim()
  yield* flagsOfText(parse, text, dialect, place)
  place.piece = around
}

function* flagsOfText(...[parse, text, dialect, place]: Parameters<typeof flagsOfSql>): Generator<Flag> {
  yield 'sql'
  const statements = text.trim() === '' ? [] : statementsOf(parse, text)
  if (!statements || (dialect === 'sql' && !isReadAlike(text))) yield 'unparsed'
  if (!statements) return
  if (statements.length > 1) yield 'sql_multiple'
  for (const statement of statements) {
    place.piece = () => textOfStatement(text, statement)
    yield* flagsOfTree(statement)
  }
}

/** The parser counts bytes of UTF-8; without a length, the statement is all that is left. */
function textOfStatement(text: string, statement: unknown): string {
  const { stmt_location: from = 0, stmt_len: length } = isNode(statement) ? statement : {}
  const rest = new TextEncoder().encode(text).subarray(Number(from))
  return new TextDecoder().decode(length ? rest.subarray(0, Number(length)) : rest).trim()
}

const LEADING = /^(?:[\s\p{Z}(;]|--[^\n]*\n|\/\*(?!!)(?:[^*]|\*(?!\/))*\*\/)*/u
const FIRM =
  /^(?:insert\s+into\s|replace\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|truncate\s+table\s|merge\s+into\s|grant\s+\S+.*\son\s.*\sto\s|(?:drop|create|alter)\s+(?:table|database|schema|view|index|role|user|function|extension|sequence|type|policy|trigger|owned|materialized|unique|or\s+replace)\b|copy\s+[\w.\x22]+\s*(?:\([^)]*\)\s*)?(?:from|to)\s|\/\*!)/isu
const LOOSE =
  /^(?:select|with|truncate|drop|alter|create|grant|revoke|copy|do|call|execute|vacuum|explain|table|values)\b/iu
const MAX_PIECES = 50

/**
 * Whether a text begins as a statement does, or holds one after a semicolon. `firm`: as hardly any prose does; `loose`:
 * prose can, so that only what parses counts. Looks at the first 4,000 characters alone.
 */
export function likenessToSql(text: string): 'firm' | 'loose' | 'none' {
  const pieces = text.slice(0, 4000).split(';', MAX_PIECES).map(beginningOf)
  if (!pieces.some((piece) => FIRM.test(piece))) return LOOSE.test(pieces[0] ?? '') ? 'loose' : 'none'
  return FIRM.test(pieces[0] ?? '') || LOOSE.test(pieces[0] ?? '') ? 'firm' : 'none'
}

const beginningOf = (piece: string): string => piece.replace(LEADING, '').slice(0, 300)
