/**
 * The members of `_meta` that only the gateway writes, at any depth: taken out of all that a server sends, so that a
 * client can believe them. `structuredContent` is a server's data, and stays as it is. SPEC 14.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { Message } from './json-rpc.ts'
import { isUnsure } from './unsure.ts'

/** SEP-2643. */
export const AUTHORIZATION = 'io.modelcontextprotocol/authorization'

const isOwn = (name: string): boolean =>
  name.toLowerCase().startsWith('io.countersign') || name.toLowerCase() === AUTHORIZATION

export function withoutOwnMeta(message: Message): Message {
  if (message.kind !== 'answer') return { ...message, params: cleaned(message.params) }
  const { outcome } = message
  if ('result' in outcome) return { ...message, outcome: { result: cleaned(outcome.result) } }
  const { error } = outcome
  if (error.data === undefined || isUnsure({ error })) return message
  // The gateway writes its facts into the data of an error itself.
  const data = isJsonObject(error.data) ? metaOf(cleaned(error.data)) : cleanedValue(error.data)
  return { ...message, outcome: { error: { ...error, data } } }
}

function cleanedValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(cleanedValue)
  return isJsonObject(value) ? cleaned(value) : value
}

const cleaned = (value: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === 'structuredContent') return [name, member]
      return [name, name === '_meta' && isJsonObject(member) ? metaOf(member) : cleanedValue(member)]
    }),
  )

const metaOf = (meta: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(meta).filter(([name]) => !isOwn(name)))
