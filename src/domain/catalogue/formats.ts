/** The formats that a schema can demand of a text. Each is checked; an unknown one is refused. SPEC 10.8. */
import * as z from 'zod'

const FORMATS = {
  date: [z.iso.date(), 'a date such as 2026-11-27'],
  'date-time': [z.iso.datetime({ offset: true }), 'a date and time such as 2026-11-27T10:00:00Z'],
  email: [z.email(), 'an e-mail address'],
  uri: [z.url(), 'an absolute URI'],
  uuid: [z.guid(), 'a UUID'],
  ipv4: [z.ipv4(), 'an IPv4 address'],
  ipv6: [z.ipv6(), 'an IPv6 address'],
} as const

type Format = keyof typeof FORMATS

export const FORMAT_NAMES = Object.keys(FORMATS).join(', ')

export const isFormat = (name: unknown): name is Format => typeof name === 'string' && Object.hasOwn(FORMATS, name)

const MAX_LENGTH = 2048

/** What a text of this format is, in words; null where the text is one. */
export function misformed(format: Format, text: string): string | null {
  const [schema, words] = FORMATS[format]
  return text.length <= MAX_LENGTH && schema.safeParse(text).success ? null : words
}
