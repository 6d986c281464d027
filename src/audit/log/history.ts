/** Compares a log with the checkpoints that earlier runs kept. RFC 9162 section 8.3; C2SP tlog-checkpoint. */
import { type Checkpoint, encodeBase64, sameHash } from '@countersign/verifier/proof'
import type { Findings } from '../finding.ts'

/** A checkpoint whose signature was checked, with the note it came in. */
export interface KeptCheckpoint extends Checkpoint {
  readonly note: string
}

/** Two signed notes that cannot both be true of one append-only log. */
export interface Evidence {
  readonly code: 'fork' | 'rewind'
  readonly before: string
  readonly now: string
}

/** A log never gets shorter. */
export function compareSizes(
  kept: readonly KeptCheckpoint[],
  now: KeptCheckpoint,
  findings: Findings,
): readonly Evidence[] {
  const largest = kept.reduce((a, b) => (b.size > a.size ? b : a), now)
  if (largest.size <= now.size) return []
  const detail = `from ${largest.size} to ${now.size} entries`
  findings.report({ code: 'rewind', index: now.size, at: null, subject: now.origin, detail })
  return [{ code: 'rewind', before: largest.note, now: now.note }]
}

/** A root that was signed for a smaller size is still the root of that prefix. */
export function compareRoots(
  kept: readonly KeptCheckpoint[],
  now: KeptCheckpoint,
  roots: ReadonlyMap<number, Uint8Array>,
  findings: Findings,
): readonly Evidence[] {
  return kept.flatMap((before) => {
    const root = before.size === now.size ? now.root : roots.get(before.size)
    if (root === undefined || sameHash(root, before.root)) return []
    const detail = `at ${before.size} entries it had signed ${encodeBase64(before.root)}, now it is ${encodeBase64(root)}`
    findings.report({ code: 'fork', index: before.size, at: null, subject: now.origin, detail })
    return [{ code: 'fork' as const, before: before.note, now: now.note }]
  })
}
