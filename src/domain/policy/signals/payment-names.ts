/**
 * The members of an object by what their names say of a payment: an amount, a currency, how often it is paid. A name
 * that imitates one of these with characters of another script counts as it, and as one that is not certain. SPEC 11.1.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { TWINS } from '../../action/twins.ts'
import { plainName } from './members.ts'

export interface Member {
  /** Lower case, with underscores, in the letters that it looks like. */
  readonly name: string
  readonly value: JsonValue
  readonly imitates: boolean
  /** The ISO 4217 code in its name; empty without one. */
  readonly currency: string
}

/** Those of ISO 4217, read when they are first asked for. */
let currencies: ReadonlySet<string> | undefined

export function isKnownCode(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'))
  return currencies.has(code)
}

/** Codes that are words too. */
const WORDS = /^(?:all|top|try|cup|mad|gel|pen|sos|bam|ron|ves)$/

export function membersOf(object: JsonObject): readonly Member[] {
  return Object.entries(object).map(([given, value]) => {
    const plain = plainName(given)
    const name = unmasked(plain)
    const code = isKnownCode(given) ? given.toLowerCase() : (name.split('_', 8).find(isCode) ?? '')
    return { name, value, imitates: name !== plain, currency: code.toUpperCase() }
  })
}

const isCode = (word: string): boolean => word.length === 3 && isKnownCode(word.toUpperCase()) && !WORDS.test(word)

const LONGEST = 128

/** Long names are left alone, as in `plainName`. */
const unmasked = (name: string): string =>
  /^[ -~]*$/.test(name) || name.length > LONGEST
    ? name
    : [...name.normalize('NFKD').replace(/\p{M}/gu, '')]
        .map((character) => TWINS.get(character)?.looksLike ?? character)
        .join('')
        .toLowerCase()

const AMOUNT =
  /^(?:\w{1,40}_)?(?:amount|amt|sum|price|total)s?(?:_(?:to_\w{1,40}|due|paid|payable|owed))?(?:_?(?:in_)?(?:cents|minor|minor_units|pence))?$/
const VALUE = /^(?:value|units|minor_units)$/
const AMOUNT_WORD =
  /(?:^|_)(?:amount|amt|sum|price|total|subtotal|cost|gross|net|fee|tip|tax|surcharge|shipping|charge|balance|budget|payable)s?(?:_|$)/
/** Names of a count, a rate or a reference that hold such a word. */
const NO_AMOUNT = /_(?:count|ids?|at|on|date|numbers?|no|percent|rate|version)$/

/** Whether it is an amount, whatever its value; or by a word anywhere in its name, if its value can be one. */
export function isAmount({ name, value, currency }: Member): boolean {
  if (value === null) return false
  if (AMOUNT.test(name) || VALUE.test(name)) return true
  if (!isNumber(value)) return false
  if (currency !== '' && (name.length === 3 || /(?:^|_)(?:value|worth|paid)(?:_|$)/.test(name))) return true
  return AMOUNT_WORD.test(name) && !NO_AMOUNT.test(name)
}

/** A number as it stands in the place of an amount, by whatever name: not what pages, dates or names something. */
export const couldBeAmount = ({ name, value }: Member): boolean =>
  (typeof value === 'number' || (typeof value === 'string' && /^\s{0,9}-?\d[\d.,]{0,30}\s{0,9}$/.test(value))) &&
  !NO_AMOUNT.test(`_${name}`) &&
  !/(?:^|_)(?:limit|offset|page|per_page|page_size|top|skip|year|month|day|precision|decimals|digits|order|invoice)$/.test(
    name,
  )

/** Whether the text of an amount names its currency. */
export const namesCurrency = ({ value }: Member): boolean =>
  typeof value === 'string' &&
  (/\p{Sc}/u.test(value) ||
    value
      .slice(0, 80)
      .split(/[^A-Z]+/)
      .some((word) => isKnownCode(word)))

/** A number, a text that begins as one, or a list that holds one. */
export const isNumber = (value: JsonValue): boolean =>
  Array.isArray(value)
    ? value.some((one) => typeof one === 'number')
    : typeof value === 'number' || (typeof value === 'string' && NUMBER.test(value))

const NUMBER = /^\s{0,9}[-+(]?\s?(?:\p{Sc}|[A-Z]{3})?\s?[.,]?\d/u

/** Paid on top of the others. */
export const isAddition = ({ name }: Member): boolean =>
  /(?:^|_)(?:fee|tip|tax|surcharge|shipping)(?:e?s)?(?:_|$)/.test(name)

/** In a unit that is not the currency's. */
export const isScaled = ({ name }: Member): boolean =>
  /(?:^|_)(?:micros?|nanos?|kilo|thousands?|millions?|billions?|mio)(?:_|$)/.test(name)

export const isMinor = ({ name }: Member): boolean => /cents|minor|pence/.test(name)

export const isCurrency = ({ name, value }: Member): boolean =>
  value !== null && /currenc(?:y|ies)|(?:^|_)ccy(?:_|$)|^(?:curr?|denom(?:ination)?|coin|asset)$/.test(name)

/** A code of a currency that stands as a value, under any name: `unit: "EUR"`. */
export const isCurrencyCode = ({ value }: Member): boolean =>
  typeof value === 'string' && value === value.toUpperCase() && isCode(value.toLowerCase())

const HOW_OFTEN =
  /(?:^|_)(?:quantity|qty|multiplier|instal?lments?|repeats?|repetitions?|times|occurrences|periods|copies|pieces|count)$|^(?:months|weeks|hours|cycles|seats|licen[cs]es|shares|volume|factor|scale|exponent|multiply_by|num|n|number_of_\w{1,40})$/
const RECURS = /(?:^|_)(?:interval|frequency|recurring|recurrence|recurs|repeat|every|cron|subscription)$/
const ONCE = /^(?:1|1\.0+|once|one[_ -]?(?:time|off)|none|single|)$/i
const UNITS = /^\s{0,9}(?:thousands?|millions?|billions?|mio|k|m)\s{0,9}$/i

/** Whether it says that what stands beside it is paid several times, or in thousands. */
export const isRepeated = ({ name, value }: Member): boolean =>
  (typeof value === 'string' && UNITS.test(value)) ||
  (HOW_OFTEN.test(name) && isNumber(value) && !ONCE.test(String(value))) ||
  (RECURS.test(name) && value !== null && value !== false && !ONCE.test(String(value)))
