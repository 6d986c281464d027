/**
 * Signing notes: for logs, and for witnesses who cosign what they saw.
 *
 * Decides nothing about what deserves a signature. C2SP signed-note, tlog-cosignature v1.
 */
import type { Sign } from '../platform/platform.ts'
import { COSIGNATURE, cosignedMessage, ED25519, formatSignature, isKeyName, keyId, type NoteKey } from './note.ts'
import { ProofError } from './proof-error.ts'

/** A key that signs notes under its name. */
export interface NoteSigner {
  readonly name: string
  /** Signs with Ed25519. */
  readonly sign: Sign
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

/** The line of a log's own signature over `text`, which ends in a newline. */
export async function signNote(text: string, signer: NoteSigner): Promise<string> {
  return lineOf(signer, ED25519, await sign(signer, text))
}

/** The line of a witness's cosignature over a checkpoint's text. `signedAt` is epoch seconds. */
export async function cosign(text: string, signer: NoteSigner, signedAt: number): Promise<string> {
  const signature = await sign(signer, text, (body) => cosignedMessage(signedAt, body))
  const stamped = new Uint8Array(8 + signature.length)
  new DataView(stamped.buffer).setBigUint64(0, BigInt(signedAt))
  stamped.set(signature, 8)
  return lineOf(signer, COSIGNATURE, stamped)
}

/** The verifier key of a signer, for one kind of signature. */
export async function noteKeyOf({ name, publicKey }: NoteSigner, type: NoteKey['type']): Promise<NoteKey> {
  return { name, type, publicKey, id: await keyId(name, type, publicKey) }
}

const encoder = new TextEncoder()

async function sign(
  signer: NoteSigner,
  text: string,
  messageOf: (text: string) => Uint8Array<ArrayBuffer> = (body) => encoder.encode(body),
): Promise<Uint8Array> {
  if (!isKeyName(signer.name)) throw new ProofError('No key can have this name')
  if (!text.endsWith('\n')) throw new ProofError('A note ends in a newline')
  return signer.sign(messageOf(text))
}

async function lineOf({ name, publicKey }: NoteSigner, type: NoteKey['type'], signature: Uint8Array): Promise<string> {
  return formatSignature(name, await keyId(name, type, publicKey), signature)
}
