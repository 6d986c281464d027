/** A selector in words, one member after the other, harmless to a terminal. */
import { visible } from '../terminal/paint.ts'

export function selectorWords(selector: { readonly [member: string]: string | undefined }): string {
  const named = Object.entries(selector).filter(([, value]) => value !== undefined)
  return named.length === 0 ? 'everything' : visible(named.map(([member, value]) => `${member} ${value}`).join(', '))
}
