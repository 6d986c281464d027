/**
 * The action: one side-effecting call, whole, and the digest that everything else is bound to.
 *
 * Fills in no default and coerces nothing: the parsed value is the digested value. Does not decide whether the action
 * is allowed. SPEC 4.
 */
import { type Bytes, encodeUtf8, randomBase64url } from '../data/bytes.ts'
import { canonicalize } from '../data/canonicalize.ts'
import { type Digest, digestFrom, hash } from '../data/digest.ts'
import { isJsonObject, type JsonObject } from '../data/json.ts'
import { bytes16, matching, misfit, object, type Reader, text } from '../data/shape.ts'

/** The call an executor is about to make. */
export interface ActionCall {
  /** 1 to 128 of `A-Za-z0-9._:/-`, as in the executor's catalogue: `forum.post`. */
  readonly name: string
  /** The object of the action: 1 to 1024 characters. */
  readonly resource: string
  /** At most 64 KiB canonical, nested at most 31 levels. */
  readonly arguments: JsonObject
}

/** A call with the salt that keeps its digest from being guessed: the unit of request, decision and consent. */
export interface ActionSpec extends ActionCall {
  /** 128 random bits: 22 base64url characters. */
  readonly salt: string
}

const ACTION_NAME = /^[A-Za-z0-9._:/-]{1,128}$/

/** Most bytes that the arguments of an action take in canonical form. */
const MAX_ARGUMENT_BYTES = 65_536

/** Most characters (code points) of a resource. */
const MAX_RESOURCE_LENGTH = 1024

export const readName = matching(ACTION_NAME)
export const readResource = text(MAX_RESOURCE_LENGTH)
/** Copies arguments deeply, within the limits of SPEC 4: later changes to the original do not reach the copy. */
const readArguments: Reader<JsonObject> = (value, where) => deepFreeze(JSON.parse(canonicalArguments(value, where)))

const call = { name: readName, resource: readResource, arguments: readArguments }
const readCall = object(call)
const readAction = object({ ...call, salt: bytes16 })

/**
 * Reads an ActionSpec from untrusted data and returns a frozen copy that later changes to `value` cannot reach.
 * Throws `invalid_request` for unknown members, limits of SPEC 4, and whatever `canonicalize` refuses.
 */
export function parseAction(value: unknown): ActionSpec {
  return readAction(value, 'action')
}

/** As `parseAction`, for a call that has no salt yet. */
export function parseCall(value: unknown): ActionCall {
  return readCall(value, 'action')
}

/** A fresh salt: 128 random bits as 22 base64url characters. */
export function newSalt(): string {
  return randomBase64url(16)
}

/**
 * Digest of an action for one executor: SHA-256 over the JCS of
 * `{ typ: "countersign/action/v1", aud, name, resource, arguments, salt }`. `audience` is the executor's URI.
 * Throws `invalid_request` where `canonicalize` does; checks no other limit. SPEC 4.
 */
export async function actionDigest(action: ActionSpec, audience: string): Promise<Digest> {
  const { name, resource, salt } = action
  const bytes = actionBytes({ name, resource, text: canonicalize(action.arguments) }, salt, audience)
  return digestFrom(await hash(bytes))
}

/** A call at one instant, its arguments in canonical form. */
export interface CallSnapshot {
  readonly name: string
  readonly resource: string
  readonly text: string
  /** Present when the caller knows which salt it asked with. */
  readonly salt?: string
}

/** Checks a call against the limits of SPEC 4 and takes its canonical form, before anything else can change it. */
export function snapshotCall(call: ActionCall | ActionSpec): CallSnapshot {
  const name = readName(call.name, 'name')
  const resource = readResource(call.resource, 'resource')
  const snapshot = { name, resource, text: canonicalArguments(call.arguments, 'arguments') }
  return 'salt' in call ? { ...snapshot, salt: bytes16(call.salt, 'salt') } : snapshot
}

/** The bytes under an action digest: the canonical text, its members in the order JCS puts them in. */
export function actionBytes({ name, resource, text }: CallSnapshot, salt: string, audience: string): Bytes {
  const named = `"aud":${canonicalize(audience)},"name":${canonicalize(name)},"resource":${canonicalize(resource)}`
  return encodeUtf8(`{"arguments":${text},${named},"salt":${canonicalize(salt)},"typ":"countersign/action/v1"}`)
}

/** A frozen deep copy of arguments, within the limits of SPEC 4. */
export function copyArguments<Args>(value: Args): Args & JsonObject {
  return deepFreeze(JSON.parse(canonicalArguments(value, 'arguments')))
}

function canonicalArguments(value: unknown, where: string): string {
  if (!isJsonObject(value)) throw misfit(where)
  const canonical = canonicalize(value)
  // A UTF-16 unit takes at most three bytes, so only texts near the limit need counting.
  if (canonical.length * 3 > MAX_ARGUMENT_BYTES && encodeUtf8(canonical).length > MAX_ARGUMENT_BYTES)
    throw misfit(where)
  return canonical
}

/** `Object.freeze`, all the way down. Parsed JSON has no cycles. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
