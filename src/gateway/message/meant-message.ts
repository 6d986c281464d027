/**
 * For whom a text was meant that is no message: the requests in it that wait for an answer, and those that it answers.
 * Nothing else of it counts.
 */
import { isJsonObject } from '@countersign/verifier/authority'

export type Id = string | number

export const MAX_ID_LENGTH = 256

export interface Meant {
  /** Whether it was JSON at all. */
  readonly isJson: boolean
  readonly isBatch: boolean
  /** The ids of requests, as their sender wrote them. */
  readonly requests: readonly Id[]
  readonly answers: readonly Id[]
}

/** Of a text that is not kept and names no request. */
export const NOBODY: Meant = { isJson: true, isBatch: false, requests: [], answers: [] }

/** Members of a batch that are looked at. */
const MAX_MEMBERS = 256

export function meantBy(text: string): Meant {
  const value = parsed(text)
  const all: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_MEMBERS) : [value]
  const members = all.filter(isJsonObject)
  const ids = (areRequests: boolean) =>
    members.filter((member) => 'method' in member === areRequests).flatMap(({ id }) => (isReadable(id) ? [id] : []))
  return { isJson: value !== undefined, isBatch: Array.isArray(value), requests: ids(true), answers: ids(false) }
}

const ID = String.raw`"id"\s*:\s*(-?\d{1,15}|"[^"\\]{0,256}")`
const OTHERS = String.raw`"(?:jsonrpc|method)"\s*:\s*"[^"\\]{0,256}"`
const AT_START = new RegExp(String.raw`^\s*\{(?:\s*${OTHERS}\s*,)*\s*${ID}`)
const AT_END = new RegExp(String.raw`${ID}(?:\s*,\s*${OTHERS})*\s*\}\s*$`)
const END = 1000

/** The same of a text that is not parsed, where its id is among its first or last members, as its sender wrote them. */
export function namedAtEnds(text: string): Meant {
  const ends = [text.slice(0, END), text.slice(-END)]
  const [, id] = AT_START.exec(ends[0] ?? '') ?? AT_END.exec(ends[1] ?? '') ?? []
  const ids: readonly Id[] = id === undefined ? [] : [JSON.parse(id)]
  const isRequest = ends.some((end) => /"method"\s*:/.test(end))
  return { isJson: true, isBatch: false, requests: isRequest ? ids : [], answers: isRequest ? [] : ids }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether the same id can be written again. */
export const isReadable = (id: unknown): id is Id =>
  typeof id === 'string' ? id.length <= MAX_ID_LENGTH : Number.isSafeInteger(id) || isFraction(id)

const isFraction = (id: unknown): boolean => typeof id === 'number' && Number.isFinite(id) && !Number.isInteger(id)
