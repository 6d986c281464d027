/**
 * Asks witnesses to cosign checkpoints: each one confirms that a checkpoint continues the one it saw before. The latest
 * cosigned one is stored beside the published one, and in its place where nothing newer was published meanwhile.
 * Publishing does not wait for witnesses. Signatures that do not verify are dropped. C2SP tlog-witness.
 */
import { encodeBase64, type NoteKey, parseNote, verifyNote } from '@countersign/verifier/proof'
import type { SignedCheckpoint } from '../../domain/ledger/log-key.ts'
import { consistencyProof } from '../../domain/ledger/prove.ts'
import type { LogStore } from '../../store/contract/log-store.ts'

export interface Witness {
  /** The base URL of `add-checkpoint`; without a trailing slash. */
  readonly url: string
  readonly key: NoteKey
}

export interface WitnessParts {
  readonly store: LogStore
  readonly witnesses: readonly Witness[]
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Called for each witness that gave no cosignature, with the reason. */
  readonly missed: (witness: string, reason: string) => void
}

const TIMEOUT_MS = 5000
const MAX_ANSWER_LENGTH = 16_384

/** Returns at once. Of the checkpoints that come during a round, only the last one is sent. */
export function createWitnessing(parts: WitnessParts): (checkpoint: SignedCheckpoint) => void {
  const seen = new Map<Witness, number>()
  let waiting: SignedCheckpoint | undefined
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

async function askAll(parts: WitnessParts, seen: Map<Witness, number>, checkpoint: SignedCheckpoint): Promise<void> {
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

async function keep(store: LogStore, cosigned: SignedCheckpoint): Promise<void> {
  const before = await store.checkpoint('cosigned')
  const [size, next] = [before?.size ?? 0, cosigned]
  if (size < next.size) await store.replaceCheckpoint({ kind: 'cosigned', before: size, next })
  await store.replaceCheckpoint({ kind: 'published', before: next.size, next })
}

/** Tries once more when the witness answers that it last saw another size. */
async function ask(parts: WitnessParts, witness: Witness, seen: Map<Witness, number>, checkpoint: SignedCheckpoint) {
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

async function addCheckpoint(parts: WitnessParts, witness: Witness, old: number, checkpoint: SignedCheckpoint) {
  const proof = await consistencyProof(old, checkpoint.size, parts.store)
  const body = [`old ${old}`, ...proof.map(encodeBase64), '', checkpoint.note].join('\n')
  return parts.fetch(`${witness.url}/add-checkpoint`, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
}

/** The lines that the witness's own key signed; throws `ProofError` when there are none. */
async function verifiedLines(answer: string, key: NoteKey, checkpoint: SignedCheckpoint): Promise<string> {
  if (answer.length > MAX_ANSWER_LENGTH) throw new Error('Its answer is too long.')
  const { text } = parseNote(checkpoint.note)
  const own = answer.split('\n').filter((line) => line.startsWith(`— ${key.name} `))
  const lines = own.map((line) => `${line}\n`).join('')
  await verifyNote(parseNote(`${text}\n${lines}`), [key])
  return lines
}
