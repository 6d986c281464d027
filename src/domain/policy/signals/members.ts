/** Objects of a call, and the names of their members as signals compare them. */
import type { JsonObject, JsonValue } from '@countersign/verifier'

export const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `userName` and `USER-NAME` are `user_name`; fullwidth letters are letters. */
export const plainName = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/[\p{C}]/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
