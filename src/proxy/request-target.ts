/**
 * The target of a request, in the one spelling that every server reads alike.
 *
 * Refuses all others: it rewrites nothing, since what is approved is what is sent. RFC 3986 section 6, RFC 9112 section 3.2.
 */
import { ApprovalError } from '@countersign/verifier'

export interface Target {
  readonly path: string
  /** Without the question mark. */
  readonly query?: string
}

const MAX_PATH_LENGTH = 1024
const MAX_QUERY_LENGTH = 8192

/** Capital hex, no empty segment but the last, and no `;`: servers differ in what they take for its parameters. */
const PATH = /^\/(?:(?:[\w.~!$&'()*+,=:@-]|%[\dA-F]{2})+(?:\/|$))*$/
const QUERY = /^(?:[\w.~!$&'()*+,;=:@/?[\]-]|%[\dA-Fa-f]{2})+$/
/** Escaped, these are another spelling of a character that may stand plain, or one that some server unescapes into structure. */
const NEVER_ESCAPED = /[\w.~!$&'()*+,=:@/\\%;?#-]|\p{C}/u

/** Throws `invalid_request` for a target that two servers could read differently. */
export function readTarget(target: string): Target {
  const [, path = '', query] = /^([^?]*)(?:\?(.*))?$/s.exec(target) ?? []
  if (!isPlainPath(path)) throw refuse('Send the path in its normal form: no dot segments, no needless escapes.')
  if (query === undefined) return { path }
  if (query.length > MAX_QUERY_LENGTH || !QUERY.test(query)) throw refuse('Escape what may not stand in a query.')
  return { path, query }
}

function isPlainPath(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH || !PATH.test(path)) return false
  return path.split('/').every(isPlainSegment)
}

function isPlainSegment(segment: string): boolean {
  const plain = decode(segment)
  if (plain === undefined || plain.normalize('NFKC') !== plain || /[. ]$/.test(plain)) return false
  return (segment.match(/(?:%..)+/g) ?? []).every((escaped) => !NEVER_ESCAPED.test(decode(escaped) ?? '%'))
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

const refuse = (message: string) => new ApprovalError('invalid_request', { message })
