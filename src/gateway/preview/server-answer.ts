/**
 * What a server says of a change, read out of its answer: the text that people are shown, and all that was found, which
 * is the state. An answer that people could not be shown is none.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { CallRefused, PreviewRefused } from '../gate/tool-call.ts'
import { type Outcome, objectIn, type RpcError } from '../message/json-rpc.ts'
import { isUnfinished } from '../message/unfinished.ts'
import { isOverlong, isUnsent, isUnsure } from '../message/unsure.ts'
import { jsonIn, memberIn, readable } from './json-merge.ts'
import { isNote } from './notes.ts'

export interface Found {
  /** For people. */
  readonly text: string
  /** Its digest is the state. */
  readonly whole: JsonValue
}

/**
 * `member`: the part of a JSON result that counts. Throws `PreviewRefused` where the server answers with an error, and
 * `CallRefused` where it gives no answer, or one without text.
 */
export function foundIn(outcome: Outcome, member?: string): Found {
  const result = resultOf(outcome)
  const parts = partsOf(result)
  const texts = textsOf(parts)
  const text = texts.join('\n')
  if (result['isError'] === true) throw new PreviewRefused(text || 'nothing')
  const { structuredContent } = result
  if (member !== undefined) return memberOf(structuredContent ?? jsonIn(text), member)
  if (texts.length === 0) throw unknown(withoutText(parts, structuredContent))
  return { text, whole: { content: parts.map(lasting), ...(structuredContent !== undefined && { structuredContent }) } }
}

/** The text of an answer, where it has any. */
export const textIn = (outcome: Outcome): string => textsOf(partsOf(resultOf(outcome))).join('\n')

function memberOf(document: JsonValue | undefined, member: string): Found {
  const found = memberIn(document, member)
  if (found === undefined) throw unknown(`the answer of the server has no member ${member}. ${TELL}`)
  return { text: readable(found), whole: found }
}

/**
 * Whether the server answers that there is nothing. Its words count but for those that it may have from the arguments,
 * which the agent chose; a status does without words.
 */
export function saysAbsent(outcome: Outcome, sent: JsonObject): boolean {
  if ('error' in outcome || outcome.result['isError'] !== true) return false
  const status = objectIn(outcome.result, 'structuredContent')['status']
  if (typeof status === 'number') return status === 404 || status === 410
  const said = ` ${wordsIn(textsOf(partsOf(outcome.result)).join('\n').slice(0, MOST_READ)).join(' ')} `
  const given = new Set(scalarsIn(sent).flatMap((text) => [...wordsIn(text), ...wordsIn(decoded(text))]))
  return ABSENT.some((mark) => said.includes(` ${mark} `) && !mark.split(' ').every((word) => given.has(word)))
}

/** Characters of an error. */
const MOST_READ = 10_000
const ABSENT = ['enoent', 'no such file', 'not found', 'does not exist', '404']

const wordsIn = (text: string): readonly string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []

const scalarsIn = (value: JsonValue): readonly string[] =>
  typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((part) => scalarsIn(part))
    : [String(value)]

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function resultOf(outcome: Outcome): JsonObject {
  if ('error' in outcome) throw noAnswer(outcome)
  if (isUnfinished(outcome.result)) throw unknown(UNFINISHED)
  return outcome.result
}

function noAnswer(outcome: { readonly error: RpcError }): Error {
  const { message } = outcome.error
  if (!isUnsure(outcome) && !isUnsent(outcome)) return new PreviewRefused(message)
  return new CallRefused({
    code: 'state_unknown',
    detail: `What this call would change is not known. ${message}`,
    ...(isOverlong(outcome) && { isLasting: true as const }),
  })
}

const unknown = (why: string): CallRefused =>
  new CallRefused({
    code: 'state_unknown',
    detail: `What this call would change is not known: ${why}`,
    isLasting: true,
  })

const UNFINISHED = 'the server asks for input first, or makes a task of it.'
const TELL = 'Tell the person who operates the gateway: its preview has to read something else.'

const partsOf = ({ content }: JsonObject): readonly JsonObject[] => {
  const parts: readonly JsonValue[] = Array.isArray(content) ? content : []
  return parts.filter(isJsonObject).filter((part) => !isNote(part))
}

/** Also the text of an embedded resource. */
const textsOf = (parts: readonly JsonObject[]): readonly string[] =>
  parts.flatMap((part) => {
    const text = part['text'] ?? objectIn(part, 'resource')['text']
    return typeof text === 'string' ? [text] : []
  })

/** Without what says how a part is to be shown. */
const lasting = ({ _meta: _, annotations: _shown, ...part }: JsonObject): JsonObject => part

const KINDS = new Map([
  ['image', 'an image'],
  ['audio', 'audio'],
  ['resource', 'a resource without text'],
  ['resource_link', 'a link'],
])

function withoutText(parts: readonly JsonObject[], structured: JsonValue | undefined): string {
  const kinds = parts.map(({ type }) => KINDS.get(String(type)) ?? 'content of another kind')
  const all = [...new Set([...kinds, ...(structured === undefined ? [] : ['structured content'])])]
  const had = all.length === 0 ? 'empty' : `${all.join(' and ')} alone`
  return `the answer of the server is ${had}, and people can be shown text. ${TELL}`
}
