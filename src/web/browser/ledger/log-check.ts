/**
 * Verifying the log in this browser: it trusts nothing the server says except the log's key, which an auditor compares
 * with the one on record. C2SP tlog.
 */
import { base64urlEncode, canonicalize, type JsonObject } from '@countersign/verifier'
import {
  leafHash,
  type NoteKey,
  type OpenedCheckpoint,
  openCheckpoint,
  ProofError,
  parseNoteKey,
  parseTlogProof,
  verifyTlogProof,
} from '@countersign/verifier/proof'

/** Throws `ProofError` when there is no such resource or no connection. */
async function fetchText(path: string): Promise<string> {
  const response = await fetch(path, { headers: { Accept: '*/*' } }).catch(() => undefined)
  if (!response?.ok) throw new ProofError(`${path} is unavailable (${response?.status ?? 'no connection'})`)
  return response.text()
}

export async function fetchLogKey(): Promise<{ readonly key: NoteKey; readonly text: string }> {
  const metadata = JSON.parse(await fetchText('/.well-known/oauth-authorization-server'))
  const text = String(metadata.log_vkey)
  return { key: await parseNoteKey(text), text }
}

/** The latest checkpoint, its signature verified. */
export const fetchCheckpoint = async (key: NoteKey): Promise<OpenedCheckpoint> =>
  openCheckpoint(await fetchText('/log/checkpoint'), key)

export interface ServedEntry {
  readonly index: number
  readonly leaf: string
  readonly entry: JsonObject
}

/** A page of a trace: its entries after leaf `start`, or its first ones. */
export async function fetchTrace(
  trace: string,
  start: string | undefined,
  limit: number,
): Promise<readonly ServedEntry[]> {
  const after = start === undefined ? '' : `&after=${start}`
  return JSON.parse(await fetchText(`/ledger/entries?trace=${trace}&order=oldest&limit=${limit}${after}`)).entries
}

/** Verifies that exactly this entry, byte for byte, is leaf `index` of the log. Throws `ProofError`. */
export async function proveEntry({ index, leaf, entry }: ServedEntry, key: NoteKey): Promise<void> {
  const hash = await leafHash(new TextEncoder().encode(canonicalize(entry)))
  if (`sha-256:${base64urlEncode(hash)}` !== leaf) throw new ProofError('The entry differs from the recorded one')
  const proof = parseTlogProof(await fetchText(`/ledger/proofs/${index}`))
  if (proof.index !== index) throw new ProofError('The proof belongs to another entry')
  await verifyTlogProof(proof, hash, key)
}
