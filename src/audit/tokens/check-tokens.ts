/**
 * Streams the token texts of an authority through the checks, and collects the verdicts.
 *
 * A bounded number of texts is under way at a time, however many there are.
 */
import { type JsonValue, parseJson } from '@countersign/verifier'
import type { AuditCrypto } from '../crypto.ts'
import type { Facts } from '../facts/ledger-facts.ts'
import type { Findings } from '../finding.ts'
import { isObject, textOf } from '../log/read-entry.ts'
import type { LogSource } from '../log/source.ts'
import { createTokenCheck, type TokenJob, type TokenVerdict, type Trusted } from './check-token.ts'
import { jobOf, reconcile } from './reconcile.ts'

/** Checks token texts, perhaps on other threads. Verdicts come in the order of the jobs. */
export interface TokenChecker {
  readonly check: (jobs: readonly TokenJob[]) => Promise<readonly TokenVerdict[]>
  readonly end: () => Promise<void>
}

interface TokensInput {
  readonly source: LogSource
  readonly size: number
  readonly facts: Facts
  readonly findings: Findings
  /** Ended here. */
  readonly checker: TokenChecker
  readonly onProgress: (done: number) => void
}

const BATCH = 64
const BATCHES_UNDER_WAY = 8

/** Returns how many there were. */
export async function checkTokens(input: TokensInput): Promise<number> {
  const { facts, findings, checker } = input
  const underWay: Promise<void>[] = []
  let checked = 0
  try {
    for await (const batch of batches(input)) {
      if (underWay.length >= BATCHES_UNDER_WAY) await underWay.shift()
      underWay.push(checkBatch(checker, batch, facts, findings))
      checked += batch.length
      input.onProgress(checked)
    }
    await Promise.all(underWay)
  } finally {
    await checker.end()
  }
  return checked
}

interface Named {
  readonly jti: string
  readonly job: TokenJob
}

async function checkBatch(checker: TokenChecker, batch: readonly Named[], facts: Facts, findings: Findings) {
  const verdicts = await checker.check(batch.map(({ job }) => job))
  for (const [at, { jti }] of batch.entries()) {
    const verdict = verdicts[at]
    if (verdict !== undefined) reconcile(facts, jti, verdict, findings)
  }
}

async function* batches({ source, size, facts, findings }: TokensInput): AsyncGenerator<readonly Named[]> {
  let batch: Named[] = []
  for await (const lines of pages(source)) {
    for (const text of lines) {
      // Erased: whether it was so by right is asked of the ledger, at the end.
      if (text.includes('"claims":null')) continue
      if (isLater(text, size)) continue
      const jti = jtiOf(text)
      const job = jobOf(facts, jti, text, findings)
      if (job !== undefined) batch.push({ jti, job })
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

/** Whole pages: to wait for each text by itself would take as long as to look at it. */
async function* pages(source: LogSource): AsyncGenerator<readonly string[]> {
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<LogSource['artifacts']>> = await source.artifacts(cursor)
    yield page.lines
    cursor = page.next
  } while (cursor !== null)
}

/** Issued after the checkpoint was read: its entry is for the next audit. */
const isLater = (text: string, size: number): boolean => Number(/^\{"index":(\d+),/.exec(text)?.[1] ?? -1) >= size

/** Where `jti` stands first, as it does, it need not be parsed here: the check does that, on another thread. */
function jtiOf(text: string): string {
  const first = /^\{(?:"index":\d+,)?"jti":"([\w-]{22})",/.exec(text)?.[1]
  if (first !== undefined) return first
  const value: JsonValue = readJson(text)
  return isObject(value) ? (textOf(value, 'jti') ?? '') : ''
}

function readJson(text: string): JsonValue {
  try {
    return parseJson(text)
  } catch {
    return null
  }
}

export function checkHere(trusted: Trusted, crypto: AuditCrypto): TokenChecker {
  const check = createTokenCheck(trusted, crypto)
  return { check: async (jobs) => jobs.map(check), end: async () => {} }
}
