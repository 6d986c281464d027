/**
 * The payment that a call makes: an amount beside a currency, in one object. An amount counts in the currency's minor
 * units where its name says so (`amount_cents`, `amount_minor`), and in whole units else, which is the larger reading.
 * SPEC 11.1.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { normalForm } from '../../action/normal-form.ts'
import { plainName } from './members.ts'

export interface Payment {
  /** In minor units; undefined where the amount or currency cannot be told for sure. */
  readonly amount: number | undefined
  readonly currency: string
  readonly recipient: string
}

const AMOUNT =
  /^(?:\w{1,40}_)?(?:amount|amt|sum|price|total)s?(?:_(?:to_\w{1,40}|due|paid|payable|owed))?(?:_?(?:in_)?(?:cents|minor|minor_units|pence))?$/
const VALUE = /^(?:value|units|minor_units)$/
const CURRENCY = /^(?:(?:payment|transfer|amount|charge|transaction|base)_?)?(?:currency(?:_?code)?|ccy)$/
const RECIPIENT =
  /^(?:recipient|payee|beneficiary|creditor|destination|to|to_?account|iban|account|account_?number|receiver|merchant|vendor|supplier|customer|wallet|address|target)(?:_?(?:id|iban|name|account|email|address))?$/

const PAYING =
  /(?:^|[._:/-])(?:\w*_)?(?:pay|payment|payments|payout|transfer|refund|charge|wire|remit|purchase|buy|donate|withdraw|checkout)(?:_\w*)?(?:[._:/-]|$)/i

/**
 * Reads the payment in one object of a call; its members' objects are asked by themselves. Each object is read once,
 * however many hold it. An amount without a currency is a payment only in an action that pays by its name.
 */
export class PaymentReader {
  readonly #pays: boolean
  readonly #known = new Map<JsonObject, Payment | undefined>()

  constructor(action: string) {
    this.#pays = PAYING.test(action)
  }

  paymentIn(object: JsonObject): Payment | undefined {
    if (!this.#known.has(object)) this.#known.set(object, this.#read(object))
    return this.#known.get(object)
  }

  #read(object: JsonObject): Payment | undefined {
    const members = Object.entries(object).map(([name, value]) => [plainName(name), value] as const)
    const amounts = members.filter(([name, value]) => isAmount(name, value) && !this.#holdsPayments(value))
    if (amounts.length === 0) return undefined
    const recipient = recipientIn(object)
    const currency = currencyIn(members)
    if (currency === undefined) return this.#pays ? { amount: undefined, currency: '', recipient } : undefined
    const read = amounts.map(([name, value]) => minorUnits(value, currency, /cents|minor|pence/.test(name)))
    return { amount: 'nanos' in object ? undefined : largest(read), currency, recipient }
  }

  /** Whether a member holds payments of its own: `amount: { value, currency }`. A list or an object else is no amount. */
  #holdsPayments(value: JsonValue): boolean {
    if (Array.isArray(value)) return value.length > 0 && value.every((one) => this.#holdsPayments(one))
    return isJsonObject(value) && this.paymentIn(value) !== undefined
  }
}

/** Empty where several are named, undefined where none is. */
function currencyIn(members: readonly (readonly [string, JsonValue])[]): string | undefined {
  const named = members.filter(([name, value]) => CURRENCY.test(name) && value !== null)
  const codes = new Set(named.map(([, value]) => normalForm(String(value).trim().slice(0, 40), 'NFKC').toUpperCase()))
  return codes.size > 1 ? '' : [...codes][0]
}

const isAmount = (name: string, value: JsonValue): boolean => value !== null && (AMOUNT.test(name) || VALUE.test(name))

/** Several amounts in one object (net, gross): the largest counts. */
const largest = (amounts: readonly (number | undefined)[]): number | undefined =>
  amounts.reduce((most, amount) => (most === undefined || amount === undefined ? undefined : Math.max(most, amount)), 0)

const DECIMAL = /^(?<whole>\d{1,15})(?:\.(?<part>\d{1,6}))?$/

/** Undefined for what is negative, too large, not a plain decimal, or finer than the currency. */
export function minorUnits(value: JsonValue, currency: string, minor: boolean): number | undefined {
  const found = DECIMAL.exec(typeof value === 'object' ? '' : String(value).trim())?.groups
  const digits = minor ? 0 : minorDigits(currency)
  if (!found || digits === undefined) return undefined
  const part = (found.part ?? '').replace(/0+$/, '')
  if (part.length > digits) return undefined
  const amount = Number(`${found.whole}${part.padEnd(digits, '0')}`)
  return Number.isSafeInteger(amount) ? amount : undefined
}

/** 2 for EUR, 0 for JPY, 3 for KWD; undefined for what is no currency. */
function minorDigits(currency: string): number | undefined {
  if (!KNOWN.has(currency)) return undefined
  const known = digitsOf.get(currency)
  if (known !== undefined) return known
  const { maximumFractionDigits: digits = 0 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  digitsOf.set(currency, digits)
  return digits
}

const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))
/** A formatter takes long to make. */
const digitsOf = new Map<string, number>()

const ACCOUNT = /^(?:id|iban|account|account_?number|email)$/

/** Empty where none is named, or several are. */
export function recipientIn(object: JsonObject): string {
  const named = Object.entries(object).filter(([name]) => RECIPIENT.test(plainName(name)))
  const told = new Set(named.map(([, value]) => (typeof value === 'string' ? value : accountIn(value)).trim()))
  told.delete('')
  return told.size === 1 ? ([...told][0] ?? '') : ''
}

function accountIn(value: JsonValue): string {
  if (!isJsonObject(value)) return ''
  const found = Object.entries(value).find(([name, held]) => ACCOUNT.test(plainName(name)) && typeof held === 'string')
  return found ? String(found[1]) : ''
}

/** Of several payments: their sum, and what they have in common. */
export function joinedPayments(all: readonly Payment[]): Payment {
  const [first] = all
  const one = all.every(({ currency }) => currency === first?.currency)
  const same = all.every(({ recipient }) => recipient === first?.recipient)
  const amount = one ? all.reduce<number | undefined>((sum, { amount }) => plus(sum, amount), 0) : undefined
  return { amount, currency: one ? (first?.currency ?? '') : '', recipient: same ? (first?.recipient ?? '') : '' }
}

function plus(sum: number | undefined, amount: number | undefined): number | undefined {
  if (sum === undefined || amount === undefined) return undefined
  return Number.isSafeInteger(sum + amount) ? sum + amount : undefined
}
