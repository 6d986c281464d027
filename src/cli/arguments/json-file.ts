/** JSON from files and arguments, read as strictly as the authority reads it. */
import { readFileSync } from 'node:fs'
import { ApprovalError, type JsonObject, type JsonValue, parseJson } from '@countersign/verifier'
import { usage } from '../exit.ts'

/** Throws a usage `Failure` naming `file`. */
export function jsonFile(file: string): JsonValue {
  return jsonText(fileBytes(file).toString(), file)
}

/** Throws a usage `Failure` naming `file`. */
export function fileBytes(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw usage(`${file} cannot be read.`)
  }
}

/** `what` names the text in the error. */
export function jsonText(text: string, what: string): JsonValue {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof ApprovalError) throw usage(`${what}: ${error.message}`)
    throw error
  }
}

export function jsonObject(value: JsonValue, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
  throw usage(`${what} must be a JSON object.`)
}

/** An object of those members that have a value. */
export const jsonMembers = (members: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]): [string, JsonValue][] =>
      value === undefined ? [] : [[name, value]],
    ),
  )
