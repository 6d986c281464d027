/**
 * The payment that a call makes: an amount beside a currency, in one object. An amount counts in the currency's minor
 * units where its name says so (`amount_cents`, `amount_minor`), and in whole units else, which is the larger reading.
 * SPEC 11.1.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { plainName } from './members.ts'

export interface Payment {
  /** In minor units; undefined where the amount or currency cannot be told for sure. */
  readonly amount: number | undefined
  readonly currency: string
  readonly recipient: string
}

const AMOUNT =
  /^(?:(?:total|payment|transfer|refund|charge|transaction|payout|instructed|gross|net|base)_?)?(?:amount|sum|price|total)(?:_?(?<unit>in_cents|cents|minor|minor_units|pence|in_minor_units))?$/
const VALUE = /^(?:value|amount|minor_units)$/
const CURRENCY = /^(?:(?:payment|transfer|amount|charge|transaction|base)_?)?(?:currency(?:_?code)?|ccy)$/
const RECIPIENT =
  /^(?:recipient|payee|beneficiary|creditor|destination|to|to_?account|iban|account|account_?number|receiver|merchant|vendor|supplier|customer|wallet|address|target)(?:_?(?:id|iban|name|account|email|address))?$/

const PAYING =
  /(?:^|[._:/-])(?:\w*_)?(?:pay|payment|payments|payout|transfer|refund|charge|wire|remit|purchase|buy|donate|withdraw|checkout)(?:_\w*)?(?:[._:/-]|$)/i

/**
 * The payment in this one object; its members' objects are asked by themselves. An amount without a currency is one
 * only in an action that pays by its name.
 */
export function paymentIn(action: string, object: JsonObject, around: string): Payment | undefined {
  const members = Object.entries(object).map(([name, value]) => [plainName(name), value] as const)
  const currency = members.find(([name, value]) => CURRENCY.test(name) && typeof value === 'string')?.[1]
  const amounts = members.filter(([name, value]) => (AMOUNT.test(name) || VALUE.test(name)) && isAmount(value))
  if (amounts.length === 0) return undefined
  const recipient = recipientIn(object) || around
  if (typeof currency !== 'string')
    return PAYING.test(action) ? { amount: undefined, currency: '', recipient } : undefined
  const code = currency.normalize('NFKC').trim().toUpperCase()
  const read = amounts.map(([name, value]) => minorUnits(value, code, /cents|minor|pence/.test(name)))
  return { amount: largest(read), currency: code, recipient }
}

const isAmount = (value: JsonValue): boolean => typeof value === 'number' || typeof value === 'string'

/** Several amounts in one object (net, gross): the largest counts. */
const largest = (amounts: readonly (number | undefined)[]): number | undefined =>
  amounts.reduce((most, amount) => (most === undefined || amount === undefined ? undefined : Math.max(most, amount)), 0)

const DECIMAL = /^(?<whole>\d{1,15})(?:\.(?<part>\d{1,6}))?$/

/** Undefined for what is negative, too large, not a plain decimal, or finer than the currency. */
export function minorUnits(value: JsonValue, currency: string, minor: boolean): number | undefined {
  const found = DECIMAL.exec(String(value).trim())?.groups
  const digits = minor ? 0 : minorDigits(currency)
  if (!found || digits === undefined) return undefined
  const part = (found.part ?? '').replace(/0+$/, '')
  if (part.length > digits) return undefined
  const amount = Number(`${found.whole}${part.padEnd(digits, '0')}`)
  return Number.isSafeInteger(amount) ? amount : undefined
}

/** 2 for EUR, 0 for JPY, 3 for KWD; undefined for what is no currency. */
function minorDigits(currency: string): number | undefined {
  if (!/^[A-Z]{3}$/.test(currency) || !KNOWN.has(currency)) return undefined
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits
}

const KNOWN: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'))

const ACCOUNT = /^(?:id|iban|account|account_?number|email)$/

/** Empty where none is named. */
export function recipientIn(object: JsonObject): string {
  for (const [name, value] of Object.entries(object)) {
    if (!RECIPIENT.test(plainName(name))) continue
    const told = typeof value === 'string' ? value : accountIn(value)
    if (told.trim() !== '') return told.trim()
  }
  return ''
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
