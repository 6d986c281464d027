/**
 * Asks witnesses for cosignatures: others who saw this checkpoint, and saw that it continues the one before.
 *
 * In: published checkpoints. Out: the latest one that a witness cosigned, stored beside the published one, and on it
 * where nothing newer was published meanwhile. Nobody waits for a witness: publishing goes on, and while witnesses are
 * being asked, newer checkpoints wait for the next round. Lines that do not verify are dropped. C2SP tlog-witness.
 */
import { encodeBase64, type NoteKey, parseNote, verifyNote } from '@countersign/verifier/proof'
import { consistencyProof } from '../../domain/ledger/prove.ts'
import type { LogStore, StoredCheckpoint } from '../../store/contract/log-store.ts'

export interface Witness {
  /** Where `add-checkpoint` stands below; without a trailing slash. */
  readonly url: string
  readonly key: NoteKey
}

export interface WitnessParts {
  readonly store: LogStore
  readonly witnesses: readonly Witness[]
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Told which witness gave no cosignature, and why. */
  readonly missed: (witness: string, reason: string) => void
}

const TIMEOUT_MS = 5000
const MAX_ANSWER_LENGTH = 16_384

/** Returns at once. Of checkpoints that come while a round is under way, only the last is asked for. */
export function createWitnessing(parts: WitnessParts): (checkpoint: StoredCheckpoint) => void {
  const seen = new Map<Witness, number>()
  let waiting: StoredCheckpoint | undefined
  let isBusy = false

  async function rounds(): Promise<void> {
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined
      await askAll(parts, seen, next).catch((error) => parts.missed('all', String(error)))
    }
  }
  return (checkpoint) => {
    if (parts.witnesses.length === 0) return
    waiting = checkpoint
    if (isBusy) return
    isBusy = true
    void rounds().finally(() => {
      isBusy = false
    })
  }
}

async function askAll(parts: WitnessParts, seen: Map<Witness, number>, checkpoint: StoredCheckpoint): Promise<void> {
  const asked = parts.witnesses.map(async (witness) => {
    try {
      return await ask(parts, witness, seen, checkpoint)
    } catch (error) {
      parts.missed(witness.key.name, error instanceof Error ? error.message : String(error))
      return ''
    }
  })
  const lines = (await Promise.all(asked)).join('')
  if (lines !== '') await keep(parts.store, { ...checkpoint, note: checkpoint.note + lines })
}

async function keep(store: LogStore, cosigned: StoredCheckpoint): Promise<void> {
  const before = await store.checkpoint('cosigned')
  if ((before?.size ?? 0) < cosigned.size) await store.replaceCheckpoint('cosigned', before?.size ?? 0, cosigned)
  await store.replaceCheckpoint('published', cosigned.size, cosigned)
}

/** One more try when the witness says that it has seen another size than was thought. */
async function ask(parts: WitnessParts, witness: Witness, seen: Map<Witness, number>, checkpoint: StoredCheckpoint) {
  let response = await addCheckpoint(parts, witness, seen.get(witness) ?? 0, checkpoint)
  if (response.status === 409) {
    const size = Number((await response.text()).trim())
    if (!Number.isSafeInteger(size) || size < 0 || size > checkpoint.size) {
      throw new Error(`It has seen a checkpoint of ${size} entries; this log has ${checkpoint.size}.`)
    }
    seen.set(witness, size)
    response = await addCheckpoint(parts, witness, size, checkpoint)
  }
  if (response.status !== 200) throw new Error(`It answered ${response.status}.`)
  const lines = verifiedLines(await response.text(), witness.key, checkpoint)
  seen.set(witness, checkpoint.size)
  return lines
}

async function addCheckpoint(parts: WitnessParts, witness: Witness, old: number, checkpoint: StoredCheckpoint) {
  const proof = await consistencyProof(old, checkpoint.size, parts.store)
  const body = [`old ${old}`, ...proof.map(encodeBase64), '', checkpoint.note].join('\n')
  return parts.fetch(`${witness.url}/add-checkpoint`, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
}

/** What the witness's own key signed; throws `ProofError` when that is nothing. */
async function verifiedLines(answer: string, key: NoteKey, checkpoint: StoredCheckpoint): Promise<string> {
  if (answer.length > MAX_ANSWER_LENGTH) throw new Error('Its answer is too long.')
  const { text } = parseNote(checkpoint.note)
  const own = answer.split('\n').filter((line) => line.startsWith(`— ${key.name} `))
  const lines = own.map((line) => `${line}\n`).join('')
  await verifyNote(parseNote(`${text}\n${lines}`), [key])
  return lines
}
