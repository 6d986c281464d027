/**
 * What strict JSON refuses and what can be passed on unharmed in a result that nobody here reads: numbers beyond 2^53 and
 * half surrogate pairs. Such a number is a marked text inside the gateway, and has its digits again when it is written.
 */
import { randomBytes } from 'node:crypto'

/** Told to nobody: no text from outside has it. */
const MARK = `number-${randomBytes(16).toString('hex')}:`
const MARKED = new RegExp(`"${MARK}([-+.\\deE]+)"`, 'g')
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g

/** Valid JSON in which each inexact number is a marked text, and half a pair is U+FFFD. */
export function carried(text: string): string {
  const parts: string[] = []
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('"', at)
    const end = open === -1 ? text.length : open
    parts.push(
      text.slice(at, end).replace(NUMBER, (digits) => (isExact(Number(digits)) ? digits : `"${MARK}${digits}"`)),
    )
    if (open === -1) break
    at = afterString(text, open)
    parts.push(wellFormed(text.slice(open, at)))
  }
  return parts.join('')
}

/** The text of a message, with the digits in place of each marked text, also where it became part of another. */
export const withNumbers = (text: string): string =>
  text.includes(MARK) ? text.replace(MARKED, '$1').replaceAll(MARK, '') : text

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))

/** Where the string that begins here is over. The text is valid JSON. */
function afterString(text: string, open: number): number {
  let at = open + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** Half of a pair can be in an escape alone: bytes that are no UTF-8 do not get here. */
const wellFormed = (literal: string): string =>
  /\\u[dD][89a-fA-F]/.test(literal)
    ? JSON.stringify(String(JSON.parse(literal)).replace(/\p{Surrogate}/gu, '\uFFFD'))
    : literal
