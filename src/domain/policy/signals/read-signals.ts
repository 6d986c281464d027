/**
 * The signals of one call. Its texts are parsed within a budget: what is longer, deeper or more counts as unparsed. They
 * are read in turns, and once for all who ask, so that no call holds up a process. SPEC 11.1.
 */

import { ApprovalError, type JsonObject, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { CatalogueEntry } from '../../identity/parties.ts'
import { atOnce, inTurns, othersTurn, type Steps } from '../../turns.ts'
import { type Budget, take, weightOf } from './budget.ts'
import { opensToEveryone } from './everyone.ts'
import { joinedPayments, type Payment, PaymentReader } from './payment.ts'
import { isWildcard, MASS, quantityOf } from './quantity.ts'
import { holdsSecret } from './secrets.ts'
import { addAll, readShell, readWords, type ShellReader } from './shell/read-shell.ts'
import { DESTROYING, type Flag, type Signals, signalsWith } from './signals.ts'
import { type Dialect, flagsOfSql, loadSql, type ParseSql } from './sql/read-sql.ts'
import { type FoundText, textsOf } from './texts.ts'
import { type FoundValue, valuesOf } from './values.ts'

export interface SignalQuery {
  readonly name: string
  /** Null where they are erased: everything counts as unparsed. */
  readonly arguments: JsonObject | null
  /** The entry of the executor's catalogue, which may say what the arguments are. */
  readonly entry: CatalogueEntry | undefined
}

/** Characters of SQL in one call; characters and nodes of shell text; values, and the members of objects once more. */
const MAX_SQL = 8 * 1024
const MAX_SHELL = 16 * 1024
const MAX_VALUES = 4000
/** What each text costs beyond its length. */
const PER_TEXT = 64

/** What was found, and for each flag the piece of the call that set it first. */
export interface Findings {
  readonly signals: Signals
  readonly pieces: ReadonlyMap<Flag, string>
  /** Whether it destroys something, or could not be read whole: not so by an uncertain amount alone. */
  readonly destroys: boolean
}

/** Never throws. What was read stays with the arguments, which several parts of a decision ask about. */
export function findingsOf(query: SignalQuery): Promise<Findings> {
  const { name, arguments: given, entry } = query
  const before = given && known.get(given)
  if (before && before.name === name && before.entry === entry) return before.findings
  const findings = loadSql().then((parse) => inTurns({ othersTurn }, readFindings(query, parse)))
  if (given) known.set(given, { name, entry, findings })
  return findings
}

type Known = Pick<SignalQuery, 'name' | 'entry'> & { readonly findings: Promise<Findings> }
const known = new WeakMap<JsonObject, Known>()

/** Never throws. */
export const signalsOf = async (query: SignalQuery): Promise<Signals> => (await findingsOf(query)).signals

interface Found {
  readonly flags: Map<Flag, string>
  readonly payments: Payment[]
  count: number
}

/** `parse`: null where SQL cannot be parsed; it is unparsed then. */
export const readSignals = (query: SignalQuery, parse: ParseSql): Signals => atOnce(readFindings(query, parse)).signals

function* readFindings(query: SignalQuery, parse: ParseSql): Steps<Findings> {
  const found: Found = { flags: new Map(), payments: [], count: 1 }
  const [shared, room]: [Shared, Budget] = [sharedWith(parse), { left: MAX_VALUES }]
  const payments = new PaymentReader(query.name)
  for (const value of valuesOf(query.entry, query.arguments ?? {}, room)) {
    yield weightOf(value.value)
    for (const text of textsOf(value, query.name)) {
      yield text.language === 'text' ? 0 : charactersIn(text)
      readText(found, shared, text)
    }
    yield* readValue(found, payments, value)
    yield* readHeld(found, payments, value, room)
  }
  yield 1
  if (payments.holdsMore(found.payments)) found.payments.push({ amount: undefined, currency: '', recipient: '' })
  if (room.left === 0 || query.arguments === null) add(found.flags, 'unparsed', '')
  return concluded(found)
}

const charactersIn = ({ content }: FoundText): number =>
  typeof content === 'string' ? content.length : content.reduce((sum, word) => sum + word.length, 0)

/** The first piece counts, as far as people read it. */
function add(flags: Map<Flag, string>, flag: Flag, piece: string): void {
  if (!flags.has(flag)) flags.set(flag, piece.slice(0, MAX_PIECE))
}

const MAX_PIECE = 200

/** What the texts of a call have in common. */
type Shared = Omit<ShellReader, 'add'>

function sharedWith(parse: ParseSql): Shared {
  const room: Budget = { left: MAX_SQL }
  const place = { piece: () => '' }
  const sql = (text: string, dialect: Dialect = 'sql'): Iterable<Flag> =>
    take(room, text.length + PER_TEXT) ? flagsOfSql(parse, text, dialect, place) : ['sql', 'unparsed']
  return { budget: { left: MAX_SHELL }, fetched: new Set(), place, sql }
}

/** What fails while it is read, by the depth of its tree, is unparsed too. */
function readText({ flags }: Found, shared: Shared, text: FoundText): void {
  const read = new Map<Flag, string>()
  const whole = () => (typeof text.content === 'string' ? text.content : text.content.join(' '))
  const { place } = shared
  place.piece = whole
  // A text can set a flag a thousand times: what it stands in is told for the first alone.
  const note = (flag: Flag) => {
    if (!read.has(flag)) add(read, flag, place.piece() || whole())
  }
  try {
    readAs({ ...shared, add: note }, text)
  } catch {
    place.piece = whole
    note('unparsed')
  }
  if (!isProse(text, read)) for (const [flag, piece] of read) add(flags, flag, piece)
}

function readAs(reader: ShellReader, { language, content }: FoundText): void {
  if (typeof content !== 'string') readWords(reader, content)
  else if (language === 'shell' || language === 'maybe-shell') {
    if (take(reader.budget, PER_TEXT)) readShell(reader, content)
    else addAll(reader, ['shell', 'unparsed'])
  } else if (language !== 'text') addAll(reader, reader.sql(content, language === 'postgresql' ? 'postgresql' : 'sql'))
}

/** A text that only begins as a command or a statement does, and then is none, or does no harm. */
function isProse({ language }: FoundText, read: ReadonlyMap<Flag, string>): boolean {
  if (language === 'maybe-sql') return read.has('unparsed')
  return language === 'maybe-shell' && !DESTROYING.some((flag) => read.has(flag)) && !read.has('shell_interpreter')
}

function* readValue(found: Found, reader: PaymentReader, { value, member, around }: FoundValue): Steps<void> {
  const { flags } = found
  if (opensToEveryone(member, value)) add(flags, 'grant_everyone', `${member}: ${value}`)
  if (isWildcard(member, value)) add(flags, 'wildcard', `${member}: ${value}`)
  if (typeof value === 'string' && holdsSecret(value)) add(flags, 'secret', '')
  yield* readPayment(found, reader, { value, around })
  found.count = Math.max(found.count, quantityOf(member, value))
}

function* readPayment(
  { payments }: Found,
  reader: PaymentReader,
  { value, around }: Pick<FoundValue, 'value' | 'around'>,
): Steps<void> {
  const payment = isJsonObject(value) ? yield* reader.paymentIn(value) : undefined
  if (payment) payments.push({ ...payment, recipient: payment.recipient || around })
}

/** The payments in a text of JSON, such as the body of a call over HTTP. */
function* readHeld(found: Found, reader: PaymentReader, { value, language }: FoundValue, room: Budget): Steps<void> {
  if (typeof value !== 'string' || language === 'text' || !/^\s{0,99}[[{]/.test(value)) return
  try {
    for (const held of valuesOf(undefined, { held: parseJson(value) }, room)) {
      yield weightOf(held.value)
      yield* readPayment(found, reader, held)
    }
  } catch (error) {
    // What a lenient reader takes for JSON could pay, too.
    if (!(error instanceof ApprovalError) || !(error.cause instanceof SyntaxError)) add(found.flags, 'unparsed', value)
  }
}

function concluded({ flags, payments, count }: Found): Findings {
  const paid = joinedPayments(payments)
  if (payments.length > 0) add(flags, 'payment', '')
  if (count > MASS || flags.has('wildcard')) add(flags, 'mass', '')
  if (DESTROYING.some((flag) => flags.has(flag))) add(flags, 'destructive', '')
  const destroys = flags.has('destructive') || flags.has('unparsed')
  if (paid.amount === undefined) add(flags, 'unparsed', '')
  const signals = signalsWith(flags.keys(), {
    count,
    payment_amount: paid.amount ?? Number.MAX_SAFE_INTEGER,
    payment_currency: paid.currency,
    payment_recipient: paid.recipient,
  })
  return { signals, pieces: flags, destroys }
}
