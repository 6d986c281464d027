/**
 * The signals of one call. Its texts are parsed within a budget: what is longer, deeper or more counts as unparsed, so
 * that no call holds up a process. SPEC 11.1.
 */

import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { CatalogueEntry } from '../../identity/parties.ts'
import { type Budget, take } from './budget.ts'
import { opensToEveryone } from './everyone.ts'
import { joinedPayments, type Payment, paymentIn } from './payment.ts'
import { isWildcard, MASS, quantityOf } from './quantity.ts'
import { holdsSecret } from './secrets.ts'
import { readShell, readWords, type ShellReader } from './shell/read-shell.ts'
import { type Flag, recordOf, type Signals } from './signals.ts'
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

const DESTRUCTIVE: readonly Flag[] = [
  'disaster',
  'sql_drop',
  'sql_truncate',
  'sql_unbounded',
  'shell_delete',
  'shell_system',
  'shell_force_push',
]

/** Never throws. */
export const signalsOf = async (query: SignalQuery): Promise<Signals> => readSignals(query, await loadSql())

interface Findings {
  readonly flags: Set<Flag>
  readonly payments: Payment[]
  count: number
}

/** `parse`: null where SQL cannot be parsed; it is unparsed then. */
export function readSignals(query: SignalQuery, parse: ParseSql): Signals {
  const found: Findings = { flags: new Set(), payments: [], count: 1 }
  const [shared, room]: [Shared, Budget] = [sharedWith(parse), { left: MAX_VALUES }]
  for (const value of valuesOf(query.entry, query.arguments ?? {}, room)) {
    for (const text of textsOf(value, query.name)) readText(found, shared, text)
    readValue(found, query.name, value)
  }
  if (room.left === 0 || query.arguments === null) found.flags.add('unparsed')
  return concluded(found)
}

/** What the texts of a call have in common. */
type Shared = Omit<ShellReader, 'flags'>

function sharedWith(parse: ParseSql): Shared {
  const room: Budget = { left: MAX_SQL }
  const sql = (text: string, dialect: Dialect = 'sql'): Iterable<Flag> =>
    take(room, text.length + PER_TEXT) ? flagsOfSql(parse, text, dialect) : ['sql', 'unparsed']
  return { budget: { left: MAX_SHELL }, fetched: new Set(), sql }
}

/** What fails while it is read, by the depth of its tree, is unparsed too. */
function readText({ flags }: Findings, shared: Shared, text: FoundText): void {
  const read = new Set<Flag>()
  try {
    readAs({ ...shared, flags: read }, text)
  } catch {
    read.add('unparsed')
  }
  if (!isProse(text, read)) addAll(flags, read)
}

function addAll(flags: Set<Flag>, found: Iterable<Flag>): void {
  for (const flag of found) flags.add(flag)
}

function readAs(reader: ShellReader, { language, content }: FoundText): void {
  if (typeof content !== 'string') readWords(reader, content)
  else if (language === 'shell' || language === 'maybe-shell') {
    if (take(reader.budget, PER_TEXT)) readShell(reader, content)
    else addAll(reader.flags, ['shell', 'unparsed'])
  } else if (language !== 'text')
    addAll(reader.flags, reader.sql(content, language === 'postgresql' ? 'postgresql' : 'sql'))
}

/** A text that only begins as a command or a statement does, and then is none, or does no harm. */
function isProse({ language }: FoundText, read: ReadonlySet<Flag>): boolean {
  if (language === 'maybe-sql') return read.has('unparsed')
  return language === 'maybe-shell' && !DESTRUCTIVE.some((flag) => read.has(flag)) && !read.has('shell_interpreter')
}

function readValue(found: Findings, action: string, { value, member, around }: FoundValue): void {
  const { flags, payments } = found
  if (opensToEveryone(member, value)) flags.add('grant_everyone')
  if (isWildcard(member, value)) flags.add('wildcard')
  if (typeof value === 'string' && holdsSecret(value)) flags.add('secret')
  const payment = isJsonObject(value) ? paymentIn(action, value, around) : undefined
  if (payment) payments.push(payment)
  found.count = Math.max(found.count, quantityOf(member, value))
}

function concluded({ flags, payments, count }: Findings): Signals {
  const paid = joinedPayments(payments)
  if (payments.length > 0) flags.add('payment')
  if (paid.amount === undefined) flags.add('unparsed')
  if (count > MASS || flags.has('wildcard')) flags.add('mass')
  if (DESTRUCTIVE.some((flag) => flags.has(flag))) flags.add('destructive')
  return {
    ...recordOf(flags),
    count,
    payment_amount: paid.amount ?? Number.MAX_SAFE_INTEGER,
    payment_currency: paid.currency,
    payment_recipient: paid.recipient,
  }
}
