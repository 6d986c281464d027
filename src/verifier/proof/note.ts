/**
 * Signed notes: a text and the signatures under it.
 *
 * Signatures of unknown keys are ignored, as the specification says; a signature of a known key that does not verify is
 * an error. C2SP signed-note; type 0x01 is Ed25519, 0x04 a timestamped cosignature.
 */
import { importPublicKey, sha256 } from '#platform'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { ProofError } from './proof-error.ts'
import { sameHash } from './tree.ts'

/** A verifier key: `name+hex8+base64(type ‖ public key)`. */
export interface NoteKey {
  readonly name: string
  readonly id: Uint8Array
  readonly type: typeof ED25519 | typeof COSIGNATURE
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

export interface NoteSignature {
  readonly name: string
  /** 4 bytes. */
  readonly id: Uint8Array
  /** The bytes after the key id. */
  readonly signature: Uint8Array
}

export interface Note {
  /** Ends in a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export const ED25519 = 0x01
export const COSIGNATURE = 0x04
const MAX_NOTE_LENGTH = 1_000_000
const MAX_SIGNATURES = 100
/** No white space, which `\s` knows but for U+0085, and no plus: it separates the parts of a key. */
const KEY_NAME = /^[^+\s\u0085]+$/

const ID_BYTES = 4

const encoder = new TextEncoder()

/** First 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). */
export async function keyId(name: string, type: number, publicKey: Uint8Array): Promise<Uint8Array> {
  const head = encoder.encode(`${name}\n`)
  const all = new Uint8Array(head.length + 1 + publicKey.length)
  all.set(head)
  all[head.length] = type
  all.set(publicKey, head.length + 1)
  return (await sha256(all)).slice(0, ID_BYTES)
}

/** The text form of a verifier key. */
export async function formatNoteKey(name: string, type: NoteKey['type'], publicKey: Uint8Array): Promise<string> {
  const typed = new Uint8Array(publicKey.length + 1)
  typed[0] = type
  typed.set(publicKey, 1)
  return `${name}+${hex(await keyId(name, type, publicKey))}+${encodeBase64(typed)}`
}

/** Reads a verifier key; its id must be the one its content gives. Throws `ProofError`. */
export async function parseNoteKey(vkey: string): Promise<NoteKey> {
  // Only the last part may hold a plus itself.
  const [, name = '', id = '', data = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/s.exec(vkey) ?? []
  if (!isKeyName(name)) throw new ProofError('This is not a verifier key')
  const typed = decodeBase64(data)
  const type = typed[0]
  if ((type !== ED25519 && type !== COSIGNATURE) || typed.length !== 33) {
    throw new ProofError('The verifier key is not Ed25519')
  }
  const publicKey = typed.slice(1)
  const computed = await keyId(name, type, publicKey)
  if (hex(computed) !== id) throw new ProofError('The verifier key does not have the id it states')
  return { name, id: computed, type, publicKey }
}

/** Tells whether a key may have this name: not empty, no white space, no plus. */
export const isKeyName = (name: string): boolean => KEY_NAME.test(name)

/** Takes a note apart. Checks form, no signature. */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE_LENGTH) throw new ProofError('The note is too long')
  if (!isNoteText(note)) throw new ProofError('The note holds characters that no note may hold')
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) throw new ProofError('The note has no signatures')
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > MAX_SIGNATURES) throw new ProofError('The note has too many signatures')
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

/** Well-formed Unicode without control characters but the newline. */
const isNoteText = (text: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  !/[\u0000-\u0009\u000b-\u001f]|\p{Surrogate}/u.test(text)

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  if (!isKeyName(name)) throw new ProofError('A signature line is malformed')
  const bytes = decodeBase64(encoded)
  if (bytes.length <= ID_BYTES) throw new ProofError('A signature line holds no signature')
  return { name, id: bytes.slice(0, ID_BYTES), signature: bytes.slice(ID_BYTES) }
}

/** The line of one signature. */
export function formatSignature(name: string, id: Uint8Array, signature: Uint8Array): string {
  const bytes = new Uint8Array(id.length + signature.length)
  bytes.set(id)
  bytes.set(signature, id.length)
  return `— ${name} ${encodeBase64(bytes)}\n`
}

/** A known key that signed. */
export interface Signer {
  readonly key: NoteKey
  /** Epoch seconds, as a cosignature states them; null for a plain signature. */
  readonly signedAt: number | null
}

/**
 * Lists the `keys` that signed, each once. At least one has to, and no signature of a known key may fail. Throws
 * `ProofError`.
 */
export async function verifyNote(note: Note, keys: readonly NoteKey[]): Promise<readonly Signer[]> {
  const signers = new Map<NoteKey, Signer>()
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && sameHash(candidate.id, id))
    if (key === undefined) continue
    const signedAt = await verifyOne(key, note.text, signature)
    if (!signers.has(key)) signers.set(key, { key, signedAt })
  }
  if (signers.size === 0) throw new ProofError('None of the known keys signed this')
  return [...signers.values()]
}

const TIMESTAMP_BYTES = 8

async function verifyOne(key: NoteKey, text: string, signature: Uint8Array): Promise<number | null> {
  if (key.type === ED25519) {
    await verifyEd25519(key, encoder.encode(text), signature)
    return null
  }
  if (signature.length !== TIMESTAMP_BYTES + 64) throw new ProofError(`The cosignature of ${key.name} is malformed`)
  const signedAt = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0))
  if (!Number.isSafeInteger(signedAt)) throw new ProofError(`The cosignature of ${key.name} states no time`)
  await verifyEd25519(key, cosignedMessage(signedAt, text), signature.slice(TIMESTAMP_BYTES))
  return signedAt
}

/** The message that a witness signs: tlog-cosignature v1. */
export const cosignedMessage = (signedAt: number, text: string): Uint8Array<ArrayBuffer> =>
  encoder.encode(`cosignature/v1\ntime ${signedAt}\n${text}`)

async function verifyEd25519(key: NoteKey, message: Uint8Array<ArrayBuffer>, signature: Uint8Array): Promise<void> {
  const x = encodeBase64(key.publicKey).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const verify = await importPublicKey({ kty: 'OKP', crv: 'Ed25519', x }, 'EdDSA')
  if (await verify(Uint8Array.from(signature), message)) return
  throw new ProofError(`The signature of ${key.name} does not verify`)
}

/** Bytes as lower-case base 16. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
