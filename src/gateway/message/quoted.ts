/** What a server says inside a sentence of the gateway: quoted, bounded, and with nothing that is invisible. */
import type { RpcError } from './json-rpc.ts'
import { isOwnOutcome } from './unsure.ts'

const MOST_SIGNS = 500
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

export function quoted(text: string): string {
  const signs = [...text.slice(0, 2 * MOST_SIGNS + 2)]
  const said = signs.slice(0, MOST_SIGNS).join('') + (signs.length > MOST_SIGNS ? '…' : '')
  return JSON.stringify(said).replace(HIDDEN, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`)
}

/** The words of an error: the gateway's as they are, a server's quoted. */
export const wordsOf = (outcome: { readonly error: RpcError }): string =>
  isOwnOutcome(outcome) ? outcome.error.message : `In its own words: ${quoted(outcome.error.message)}.`
