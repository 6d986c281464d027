/**
 * The log, checked in this browser: nothing here believes what the server says about itself but its key.
 *
 * In: addresses of this origin. Out: the log's key, an opened checkpoint, a proven entry, or a `ProofError`.
 * The key comes from the same origin: who audits for good compares it with the one they keep. C2SP tlog.
 */
import { canonicalize, type JsonObject } from '@countersign/verifier'
import {
  encodeBase64,
  leafHash,
  type NoteKey,
  type OpenedCheckpoint,
  openCheckpoint,
  ProofError,
  parseNoteKey,
  parseTlogProof,
  verifyTlogProof,
} from '@countersign/verifier/proof'

/** Throws `ProofError` with a sentence where it cannot be had. */
async function fetchText(path: string): Promise<string> {
  const response = await fetch(path, { headers: { Accept: '*/*' } }).catch(() => undefined)
  if (!response?.ok) throw new ProofError(`${path} cannot be had (${response?.status ?? 'no connection'})`)
  return response.text()
}

export async function fetchLogKey(): Promise<{ readonly key: NoteKey; readonly text: string }> {
  const said = JSON.parse(await fetchText('/.well-known/oauth-authorization-server'))
  const text = String(said.log_vkey)
  return { key: await parseNoteKey(text), text }
}

/** The latest checkpoint; its signature is checked. */
export const fetchCheckpoint = async (key: NoteKey): Promise<OpenedCheckpoint> =>
  openCheckpoint(await fetchText('/log/checkpoint'), key)

export interface ServedEntry {
  readonly index: number
  readonly leaf: string
  readonly entry: JsonObject
}

/** A page of a trace: what comes after leaf `start`, or its beginning. */
export async function fetchTrace(
  trace: string,
  start: string | undefined,
  limit: number,
): Promise<readonly ServedEntry[]> {
  const after = start === undefined ? '' : `&after=${start}`
  return JSON.parse(await fetchText(`/ledger/entries?trace=${trace}&order=oldest&limit=${limit}${after}`)).entries
}

/** Checks that this very entry, byte for byte, is leaf `index` of the log. Throws `ProofError`. */
export async function proveEntry({ index, leaf, entry }: ServedEntry, key: NoteKey): Promise<void> {
  const hash = await leafHash(new TextEncoder().encode(canonicalize(entry)))
  if (spelled(hash) !== leaf) throw new ProofError('The entry is not the one that was written')
  const proof = parseTlogProof(await fetchText(`/ledger/proofs/${index}`))
  if (proof.index !== index) throw new ProofError('The proof is of another entry')
  await verifyTlogProof(proof, hash, key)
}

const spelled = (hash: Uint8Array): string =>
  `sha-256:${encodeBase64(hash).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`
