/**
 * The catalogue of an executor and the public keys with which it signs challenges, from files and options.
 *
 * All is checked before an admin is asked to consent. A private key is refused: the authority must never hold one.
 */
import { writeFileSync } from 'node:fs'
import { type JsonObject, type JsonValue, jwkThumbprint, type PublicJwk } from '@countersign/verifier'
import { Catalogue, CatalogueEntry } from '../../api/parties/party-shapes.ts'
import { explainIssue } from '../../domain/refusal.ts'
import { Failure, usage } from '../exit.ts'
import { jsonFile, jsonMembers, jsonObject, jsonText } from './json-file.ts'

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Throws a usage `Failure` for anything but public P-256 and Ed25519 keys. */
export async function challengeKeysFrom(file: string): Promise<JsonObject[]> {
  const value = jsonObject(jsonFile(file), file)
  const keys: readonly JsonValue[] = Array.isArray(value['keys']) ? value['keys'] : [value]
  return Promise.all(keys.map((key) => publicKey(jsonObject(key, file), file)))
}

async function publicKey(jwk: JsonObject, file: string): Promise<JsonObject> {
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    throw usage(`${file} holds a private key. Give its public part only, and keep the private one with the executor.`)
  }
  const key = membersOf(jwk)
  if (key === undefined) throw usage(`${file} holds no public P-256 or Ed25519 key.`)
  const alg = key.kty === 'EC' ? 'ES256' : 'EdDSA'
  return { ...key, kid: typeof jwk['kid'] === 'string' ? jwk['kid'] : await jwkThumbprint(key), alg }
}

function membersOf({ kty, crv, x, y }: JsonObject): Exclude<PublicJwk, { kty: 'RSA' }> | undefined {
  if (typeof x !== 'string') return undefined
  if (kty === 'EC' && crv === 'P-256' && typeof y === 'string') return { kty, crv, x, y }
  if (kty === 'OKP' && crv === 'Ed25519') return { kty, crv, x }
  return undefined
}

/** Writes a private ES256 JWK, for the executor alone, to a file that did not exist; returns its public part. */
export async function generateChallengeKey(file: string): Promise<JsonObject> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { kty, crv, x = '', y = '', d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (kty !== 'EC' || crv !== 'P-256') throw new TypeError('The key that was made is not a P-256 key.')
  const named = { kty, crv, x, y, kid: await jwkThumbprint({ kty, crv, x, y }), alg: 'ES256' } as const
  try {
    writeFileSync(file, `${JSON.stringify({ ...named, d })}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new Failure('usage', exists ? `${file} exists already.` : `${file} cannot be written.`, 2)
  }
  return named
}

export function catalogueFrom(file: string | undefined, actions: readonly string[]): JsonObject[] {
  const entries = [...(file === undefined ? [] : entriesFrom(file)), ...actions.map(entryOf)]
  if (entries.length === 0) throw usage('The executor needs a catalogue: give --catalogue, or --action at least once.')
  return entries
}

export interface CatalogueEdit {
  /** A file with the whole new catalogue. */
  readonly file: string | undefined
  /** Each takes the place of the action of its name, or is added. */
  readonly actions: readonly string[]
  /** Names of actions to take away. */
  readonly removed: readonly string[]
}

/** Undefined where nothing of it changes. Throws a usage `Failure` for a name to remove that is not there. */
export function editedCatalogue(now: readonly object[], { file, actions, removed }: CatalogueEdit) {
  if (file === undefined && actions.length === 0 && removed.length === 0) return undefined
  const before = file === undefined ? now.map(plain) : entriesFrom(file)
  const missing = removed.find((name) => !before.some((entry) => entry['name'] === name))
  if (missing !== undefined) throw usage(`There is no action ${missing} to remove.`)
  const edited = new Map(before.map((entry) => [entry['name'], entry]))
  for (const name of removed) edited.delete(name)
  for (const entry of actions.map(entryOf)) edited.set(entry['name'], entry)
  return [...edited.values()]
}

function entriesFrom(file: string): JsonObject[] {
  const value = jsonFile(file)
  if (!Array.isArray(value)) throw usage(`${file} must be an array of entries: ${ENTRY_MEMBERS}.`)
  const parsed = Catalogue.safeParse(value)
  if (parsed.success) return parsed.data.map(plain)
  throw usage(`${file}: ${explainIssue(parsed.error.issues[0], 'the catalogue')}`)
}

const ENTRY_MEMBERS = `{ ${Object.keys(CatalogueEntry.shape).join(', ')} }`

/** `forum.post:write:reversible` or `forum.delete_thread:destructive:irreversible`; a name may itself hold colons. */
function entryOf(text: string): JsonObject {
  const [, name, effect, stated] = /^(.+?):(read|write|destructive)(?::(reversible|irreversible))?$/.exec(text) ?? []
  const parsed = CatalogueEntry.safeParse(jsonMembers({ name, effect, reversible: REVERSIBLE[stated ?? ''] }))
  if (parsed.success) return plain(parsed.data)
  throw usage(
    `--action ${text}: write it as name:read, name:write or name:destructive, with :reversible or :irreversible where that is known.`,
  )
}

const REVERSIBLE: Readonly<Record<string, boolean>> = { reversible: true, irreversible: false }

const plain = (entry: object): JsonObject => jsonObject(jsonText(JSON.stringify(entry), 'the entry'), 'the entry')

/** The names of the actions that a catalogue calls reads. */
export const readsIn = (catalogue: readonly JsonObject[]): readonly string[] =>
  catalogue.flatMap(({ name, effect }) => (effect === 'read' ? [String(name)] : []))
