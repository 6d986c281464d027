/**
 * The payment that a call makes: an amount beside a currency, in one object. An amount counts in the currency's minor
 * units where its name says so (`amount_cents`, `amount_minor`), and in whole units else, which is the larger reading.
 * SPEC 11.1.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { normalForm } from '../../action/normal-form.ts'
import type { Steps } from '../../turns.ts'
import { weightOf } from './budget.ts'
import { plainName } from './members.ts'
import {
  couldBeAmount,
  isAddition,
  isAmount,
  isCurrency,
  isCurrencyCode,
  isKnownCode,
  isMinor,
  isNumber,
  isRepeated,
  isScaled,
  type Member,
  membersOf,
  namesCurrency,
} from './payment-names.ts'

export interface Payment {
  /** In minor units; undefined where the amount or currency cannot be told for sure. */
  readonly amount: number | undefined
  readonly currency: string
  readonly recipient: string
}

const RECIPIENT =
  /^(?:recipient|payee|beneficiary|creditor|destination|to|to_?account|iban|account|account_?number|receiver|merchant|vendor|supplier|customer|wallet|address|target)(?:_?(?:id|iban|name|account|email|address))?$/

const PAYING =
  /(?:^|[._:/-])(?:\w*_)?(?:pay|payment|payments|payout|transfer|refund|charge|wire|remit|purchase|buy|donate|withdraw|checkout)(?:_\w*)?(?:[._:/-]|$)/i

/**
 * Reads the payment in one object of a call; its members' objects are asked by themselves. Each object is read once,
 * however many hold it. An amount without a currency is a payment in an action that pays by its name, and where any
 * other object of the call names a currency.
 */
export class PaymentReader {
  readonly #pays: boolean
  readonly #known = new Map<JsonObject, Payment | undefined>()
  /** Whether an amount without a currency was read, a currency without an amount, a payment that is made several times. */
  readonly #seen = { amount: false, currency: false, repeated: false }

  constructor(action: string) {
    this.#pays = PAYING.test(action)
  }

  *paymentIn(object: JsonObject): Steps<Payment | undefined> {
    if (!this.#known.has(object)) this.#known.set(object, yield* this.#read(object))
    return this.#known.get(object)
  }

  /** Whether the objects that were read hold more than the payments that were found in each by itself. */
  holdsMore(found: readonly Payment[]): boolean {
    const { amount, currency, repeated } = this.#seen
    return repeated || (amount && (currency || found.length > 0))
  }

  *#read(object: JsonObject): Steps<Payment | undefined> {
    yield weightOf(object)
    const members = membersOf(object)
    const named = members.filter(isAmount)
    const amounts: Member[] = []
    for (const one of named) if (!(yield* this.#holdsPayments(one.value))) amounts.push(one)
    const currency = currencyIn(members, amounts)
    const several = members.some(isRepeated) || paysSeveral(object)
    this.#seen.repeated ||= several && amounts.length < named.length
    if (amounts.length === 0) {
      const alone = currency !== undefined && named.length === 0
      this.#seen.currency ||= alone
      if (alone && members.some(couldBeAmount)) return { amount: undefined, currency, recipient: recipientIn(object) }
    } else if (currency === undefined && !this.#pays) this.#seen.amount ||= amounts.some(({ value }) => isNumber(value))
    else
      return {
        amount: several ? undefined : amountOf(members, amounts, currency),
        currency: currency ?? '',
        recipient: recipientIn(object),
      }
    return undefined
  }

  /** Whether a member holds payments of its own: `amount: { value, currency }`. A list or an object else is no amount. */
  *#holdsPayments(value: JsonValue): Steps<boolean> {
    if (!Array.isArray(value)) return isJsonObject(value) && (yield* this.paymentIn(value)) !== undefined
    for (const one of value) if (!(yield* this.#holdsPayments(one))) return false
    return value.length > 0
  }
}

/** Empty where several are named, undefined where none is. */
function currencyIn(members: readonly Member[], amounts: readonly Member[]): string | undefined {
  const named = members.filter(isCurrency).map(({ value }) => String(value).trim().slice(0, 40))
  const codes = new Set(named.map((code) => normalForm(code, 'NFKC').toUpperCase()))
  for (const { currency } of amounts) if (currency !== '') codes.add(currency)
  if (codes.size > 1 || amounts.some(namesCurrency)) return ''
  return [...codes, ...(amounts.length > 0 ? members.filter(isCurrencyCode).map(({ value }) => String(value)) : [])][0]
}

/** Several amounts in one object (net, gross): the largest counts, and what is paid on top of it. */
function amountOf(members: readonly Member[], amounts: readonly Member[], currency = ''): number | undefined {
  const isUncertain = (one: Member) => one.imitates && (isAmount(one) || isCurrency(one))
  if (members.some((one) => one.name === 'nanos' || isUncertain(one)) || amounts.some(isScaled)) return undefined
  let [most, added]: (number | undefined)[] = [0, 0]
  for (const one of amounts) {
    const amount = minorUnits(one.value, currency, isMinor(one))
    if (amount === undefined) return undefined
    if (isAddition(one)) added = plus(added, amount)
    else most = Math.max(most ?? 0, amount)
  }
  return plus(most, added)
}

/** Whether it names several who are paid. */
const paysSeveral = (object: JsonObject): boolean =>
  Object.entries(object).some(
    ([name, value]) => Array.isArray(value) && value.length > 1 && RECIPIENT.test(plainName(name).replace(/s$/, '')),
  )

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
  if (!isKnownCode(currency)) return undefined
  const known = digitsOf.get(currency)
  if (known !== undefined) return known
  const { maximumFractionDigits: digits = 0 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions()
  digitsOf.set(currency, digits)
  return digits
}

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
