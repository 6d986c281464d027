/**
 * A copy of a value as JSON carries it: plain and mutable, without undefined members. For types that JSON can hold but
 * that have no index signature.
 */
import type { JsonObject } from '@countersign/verifier'

export const plainJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value))
