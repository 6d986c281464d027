/**
 * What a server gets of a judged request beside what was judged: the members that the protocol names, in the form that
 * it gives them. People see the call alone, so nothing else of the client goes along. SPEC 14.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, failed, type Outcome, objectIn } from '../message/json-rpc.ts'

const MEMBERS: ReadonlySet<string> = new Set(['name', 'arguments', 'task', '_meta', 'requestState', 'inputResponses'])

/** The refusal of a call of a tool that has a member beside those of the protocol. */
export function unknownMember(params: JsonObject): Outcome | undefined {
  const unknown = Object.keys(params).find((name) => !MEMBERS.has(name))
  if (unknown === undefined) return undefined
  const words = `A call of a tool has no member ${JSON.stringify(unknown.slice(0, MOST_SIGNS))}. Nothing was executed: put what the tool has to know into its arguments.`
  return failed(CODES.invalidParams, words)
}

const MOST_SIGNS = 60

/** The members of a call of a tool beside its name and its arguments. */
export function besideCall(params: JsonObject): JsonObject {
  const { ttl } = objectIn(params, 'task')
  const task = params['task'] === undefined ? {} : { task: typeof ttl === 'number' ? { ttl } : {} }
  return { ...task, ...passedMeta(params) }
}

/** `_meta` without what the protocol does not name there. */
export function passedMeta(params: JsonObject): JsonObject {
  if (params['_meta'] === undefined) return {}
  return { _meta: Object.fromEntries(Object.entries(objectIn(params, '_meta')).filter(isPassed)) }
}

const ERA = 'io.modelcontextprotocol/'
type Form = (value: JsonValue | undefined) => boolean
const isText: Form = (value) => typeof value === 'string'
const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['progressToken', (value) => isText(value) || typeof value === 'number'],
  ['traceparent', (value) => typeof value === 'string' && /^[0-9a-f]{2}(-[0-9a-f]{2,32}){3}$/.test(value)],
  [`${ERA}protocolVersion`, isText],
  [`${ERA}clientInfo`, isJsonObject],
  [`${ERA}clientCapabilities`, isJsonObject],
  [`${ERA}logLevel`, isText],
])

const isPassed = ([name, value]: [string, JsonValue | undefined]): boolean => FORMS.get(name)?.(value) ?? false
