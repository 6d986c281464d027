/**
 * The log's own key, and the checkpoints it signs; beside them it makes seals, under names of their own. It is separate from the token keys: neither
 * can sign what the other one does. C2SP signed-note, tlog-checkpoint.
 */
import { base64urlDecode } from '@countersign/verifier'
import { importSigningKey } from '@countersign/verifier/authority'
import {
  ED25519,
  formatCheckpoint,
  formatNoteKey,
  type NoteKey,
  type NoteSigner,
  noteKeyOf,
  signNote,
} from '@countersign/verifier/proof'

export interface LogJwk {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly d: string
}

export interface LogKey {
  readonly signer: NoteSigner
  readonly noteKey: NoteKey
  /** `name+hex8+base64`, for witnesses and auditors. */
  readonly vkey: string
  /** Further keys of the same name that also sign, during a rotation. */
  readonly beside: readonly LogKey[]
}

/** Throws what the platform throws for an invalid key. */
export async function importLogKey(jwk: LogJwk, origin: string, beside: readonly LogJwk[] = []): Promise<LogKey> {
  const { kty, crv, x, d } = jwk
  const sign = await importSigningKey({ kty, crv, x, d }, 'EdDSA')
  const signer = { name: origin, sign, publicKey: base64urlDecode(x) }
  const noteKey = await noteKeyOf(signer, ED25519)
  return {
    signer,
    noteKey,
    vkey: await formatNoteKey(origin, ED25519, signer.publicKey),
    beside: await Promise.all(beside.map((other) => importLogKey(other, origin))),
  }
}

/** All keys that sign now. */
export const together = (key: LogKey): readonly LogKey[] => [key, ...key.beside]

/** The keys that may have signed a checkpoint of this log. */
export const noteKeysOf = (key: LogKey): readonly NoteKey[] => together(key).map(({ noteKey }) => noteKey)

/** Their published form; the key that stays longest comes last. */
export const vkeysOf = (key: LogKey): readonly string[] => together(key).map(({ vkey }) => vkey)

export interface SignedCheckpoint {
  readonly size: number
  readonly root: Uint8Array
  /** The signed note. */
  readonly note: string
  /** Epoch seconds. */
  readonly signedAt: number
}

/** One signature line for each key, so that a verifier needs to know only one of them. */
export async function signCheckpoint(
  size: number,
  root: Uint8Array,
  key: LogKey,
  now: number,
): Promise<SignedCheckpoint> {
  const text = formatCheckpoint({ origin: key.signer.name, size, root })
  const lines = await Promise.all(together(key).map(({ signer }) => signNote(text, signer)))
  return { size, root, note: `${text}\n${lines.join('')}`, signedAt: now }
}

export async function generateLogKey(): Promise<LogJwk> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError('Ed25519 makes key pairs')
  const { x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (x === undefined || d === undefined) throw new TypeError('An Ed25519 key has all its members')
  return { kty: 'OKP', crv: 'Ed25519', x, d }
}
