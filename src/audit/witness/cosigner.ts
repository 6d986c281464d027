/**
 * A witness: it remembers the last checkpoint of each log it knows, and cosigns the next one only if that continues it.
 *
 * A checkpoint is stored before it is signed, by compare-and-swap: of two concurrent requests, one starts again. The
 * cosignature says that the log grew, and nothing about its content. C2SP tlog-witness, tlog-cosignature v1.
 */
import {
  type Checkpoint,
  cosign,
  decodeBase64,
  emptyRoot,
  type NoteKey,
  type NoteSigner,
  openCheckpoint,
  ProofError,
  parseCheckpoint,
  parseNote,
  parseSize,
  verifyConsistency,
} from '@countersign/verifier/proof'

/** The last checkpoint of a log that was written down. */
export interface SeenCheckpoint {
  /** The note as the log signed it. */
  readonly note: string
  /** Epoch seconds of the cosignature. */
  readonly signedAt: number
}

export interface WitnessStore {
  readonly latest: (origin: string) => Promise<SeenCheckpoint | null>
  /** Replaces `before` durably; false when something else has taken its place meanwhile. */
  readonly replace: (origin: string, before: SeenCheckpoint | null, next: SeenCheckpoint) => Promise<boolean>
}

interface WitnessOptions {
  /** The name of a key is the origin of its log; one that changes its key has two for a while. */
  readonly logs: readonly NoteKey[]
  readonly signer: NoteSigner
  readonly store: WitnessStore
  readonly now: () => number
}

interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly type: 'text/plain; charset=utf-8' | 'text/x.tlog.size'
  readonly body: string
}

const MAX_PROOF_LINES = 63

const answer = (status: WitnessAnswer['status'], body: string): WitnessAnswer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})

export function createWitness({ logs, signer, store, now }: WitnessOptions) {
  async function addCheckpoint(body: string): Promise<WitnessAnswer> {
    const proposal = read(body)
    if (proposal === null) return answer(400, 'This is no add-checkpoint request.')
    const { origin } = proposal.checkpoint
    const keys = logs.filter((log) => log.name === origin)
    if (keys.length === 0) return answer(404, 'This log is not known here.')
    if (!(await isSigned(proposal.note, keys))) return answer(403, 'The log did not sign this checkpoint.')
    if (proposal.oldSize > proposal.checkpoint.size) return answer(400, 'The old size is larger than the new one.')
    return advance(proposal, origin)
  }

  async function advance(proposal: CheckpointProposal, origin: string): Promise<WitnessAnswer> {
    const latest = await store.latest(origin)
    const before = latest && checkpointOf(latest.note)
    if (proposal.oldSize !== (before?.size ?? 0)) return conflict(before)
    const fault = await faultOf(proposal, before)
    if (fault !== null) return answer(422, fault)
    const next = { note: proposal.note, signedAt: now() }
    if (!(await store.replace(origin, latest, next))) return conflict(await sizeNow(origin))
    return { ...answer(200, ''), body: await cosign(parseNote(proposal.note).text, signer, next.signedAt) }
  }

  const sizeNow = async (origin: string): Promise<Checkpoint | null> => {
    const latest = await store.latest(origin)
    return latest && checkpointOf(latest.note)
  }

  /** The last checkpoint of a log with this witness's cosignature, for monitors; null where there is none. */
  async function latest(origin: string): Promise<string | null> {
    const kept = await store.latest(origin)
    // Ed25519 is deterministic: this is the cosignature that was given.
    return kept && `${kept.note}${await cosign(parseNote(kept.note).text, signer, kept.signedAt)}`
  }

  return { addCheckpoint, latest }
}

interface CheckpointProposal {
  readonly oldSize: number
  readonly path: readonly Uint8Array[]
  readonly note: string
  readonly checkpoint: Checkpoint
}

/** Parses a request; null when it is malformed. */
function read(body: string): CheckpointProposal | null {
  const split = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(0, split)).split('\n')
  const oldSize = parseSize(/^old (.*)$/.exec(first)?.[1] ?? '')
  if (oldSize === undefined || lines.length > MAX_PROOF_LINES) return null
  const note = body.slice(split + 2)
  try {
    return { oldSize, path: lines.map(decodeBase64), note, checkpoint: checkpointOf(note) }
  } catch (error) {
    if (error instanceof ProofError) return null
    throw error
  }
}

const checkpointOf = (note: string): Checkpoint => parseCheckpoint(parseNote(note).text)

async function isSigned(note: string, keys: readonly NoteKey[]): Promise<boolean> {
  try {
    await openCheckpoint(note, keys)
    return true
  } catch (error) {
    if (error instanceof ProofError) return false
    throw error
  }
}

/** The reason why the new checkpoint does not continue the old one; null when it does. */
async function faultOf(
  { checkpoint, path, oldSize }: CheckpointProposal,
  before: Checkpoint | null,
): Promise<string | null> {
  try {
    const oldRoot = before?.root ?? (await emptyRoot())
    await verifyConsistency({ oldSize, oldRoot, newSize: checkpoint.size, newRoot: checkpoint.root, path })
    return null
  } catch (error) {
    if (error instanceof ProofError) return error.message
    throw error
  }
}

const conflict = (before: Checkpoint | null): WitnessAnswer => ({
  status: 409,
  type: 'text/x.tlog.size',
  body: `${before?.size ?? 0}\n`,
})
