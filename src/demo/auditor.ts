/**
 * The auditor of the story: trusts the key of the log, and verifies all that the authority serves.
 *
 * In: the authority's address, an auditor's credential, the log's key. Out: the results of a proof and an audit, in words.
 * Both are the checks of `proof verify` and `audit verify`. SPEC 8.
 */
import { base64urlEncode } from '@countersign/verifier'
import { leafHash, ProofError, parseNoteKey, parseTlogProof, verifyTlogProof } from '@countersign/verifier/proof'
import { audit } from '../audit/audit.ts'
import { readEntry } from '../audit/log/read-entry.ts'
import { httpSource } from '../audit/log/source.ts'
import { nodeCrypto } from '../cli/audit/audit-crypto.ts'
import { unwrap } from '../cli/exit.ts'
import { now } from '../cli/terminal/time.ts'
import { sleep } from '../client/agent/sleep.ts'
import { type Client, createClient } from '../client/client.ts'
import { eventually } from './eventually.ts'
import { type ReportedOutcome, reportedOutcome } from './reported-outcome.ts'
import { type SwitchWatch, watchSwitches } from './watching.ts'

export interface AuditorOptions {
  readonly authority: { readonly origin: string }
  readonly auditorCredential: string
  readonly logVkey: string
}

export type StoryAuditor = {
  /** The entry with this leaf hash, proven; else the failure, in words. */
  readonly proveEntry: (leaf: string, signal: AbortSignal) => Promise<string>
  /** The same for the one entry of this type under this trace. */
  readonly proveOf: (of: { readonly trace: string; readonly type: string }, signal: AbortSignal) => Promise<string>
  /** How many entries of each type name this executor, once one of the last type does. */
  readonly countEntries: (executor: string, types: readonly string[], signal: AbortSignal) => Promise<readonly number[]>
  /** What the person is shown that a request would change. */
  readonly previewOf: (request: string) => Promise<{ readonly before: string; readonly after: string }>
  /** The result of a whole audit, in words. */
  readonly auditLog: () => Promise<string>
  /** The outcome of this trace; else the fault, in words. */
  readonly outcomeOf: (trace: string, signal: AbortSignal) => Promise<ReportedOutcome | string>
} & SwitchWatch

const POLL_MS = 100
/** A checkpoint follows an entry within a fraction of a second; what takes longer is not coming. */
const PUBLISHED_WITHIN_MS = 10_000

export function createAuditor({ authority: { origin }, auditorCredential, logVkey }: AuditorOptions): StoryAuditor {
  const headers = { Authorization: `Bearer ${auditorCredential}` }
  const client = createClient({ origin, credential: auditorCredential })

  async function fetchProof(leaf: string, signal: AbortSignal): Promise<Response> {
    const end = performance.now() + PUBLISHED_WITHIN_MS
    for (;;) {
      const response = await fetch(`${origin}/ledger/proofs/${leaf}`, { headers, redirect: 'error', signal })
      if (response.status !== 404 || performance.now() > end) return response
      await sleep(POLL_MS, signal)
    }
  }

  async function proveEntry(leaf: string, signal: AbortSignal): Promise<string> {
    const response = await fetchProof(leaf, signal)
    return response.ok ? prove(await response.text(), leaf, logVkey) : `no proof: ${response.status}`
  }

  async function auditLog(): Promise<string> {
    const source = httpSource({ url: origin, fetch, credential: auditorCredential })
    const key = await parseNoteKey(logVkey)
    const { findings, rebuilt } = await audit({ source, key, kept: [], crypto: nodeCrypto, now: now() })
    const found = [...new Set(findings.map(({ code }) => code))].join(', ')
    return `${rebuilt ? 'rebuilt' : 'not rebuilt'}, ${found || 'nothing found'}`
  }

  const proveOf: StoryAuditor['proveOf'] = async (of, signal) => {
    const [found] = await entriesOf(client, of, signal)
    return found ? proveEntry(found.leaf, signal) : 'the log has no such entry'
  }

  const countEntries: StoryAuditor['countEntries'] = async (executor, types, signal) => {
    await entriesOf(client, { executor, type: types.at(-1) ?? '' }, signal)
    const pages = types.map((type) => client.call('listEntries', { query: { executor, type } }))
    return (await Promise.all(pages)).map((page) => unwrap(page).entries.length)
  }

  async function previewOf(id: string) {
    const { preview } = unwrap(await client.call('requestContent', { params: { id } }))
    const [change] = preview?.content?.changes ?? []
    return { before: change?.before ?? '', after: change?.after ?? '' }
  }

  const outcomeOf = (trace: string, signal: AbortSignal) => reportedOutcome(client, trace, signal)
  return { proveEntry, proveOf, countEntries, previewOf, auditLog, outcomeOf, ...watchSwitches(client) }
}

/** Waits until the log has taken one in. */
async function entriesOf(
  client: Client,
  query: { type: string; trace?: string; executor?: string },
  signal: AbortSignal,
) {
  const look = async () => {
    const { entries } = unwrap(await client.call('listEntries', { query }))
    return entries.length > 0 ? entries : undefined
  }
  return (await eventually(look, PUBLISHED_WITHIN_MS, signal)) ?? []
}

/** Offline: the file, the hash that the token names and the key are all it takes. */
async function prove(text: string, leaf: string, vkey: string): Promise<string> {
  try {
    const proof = parseTlogProof(text)
    const entry = proof.extra ?? new Uint8Array()
    const hash = await leafHash(entry)
    if (`sha-256:${base64urlEncode(hash)}` !== leaf) return 'a proof of another entry'
    await verifyTlogProof(proof, hash, await parseNoteKey(vkey))
    const read = readEntry(entry)
    return 'entry' in read ? `${read.entry.type}, proven` : read.fault
  } catch (error) {
    if (error instanceof ProofError) return `proves nothing: ${error.message}`
    throw error
  }
}
