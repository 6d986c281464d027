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
import { reconcile, type Served, tokenOf } from './reconcile.ts'

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

interface ServedText extends Served {
  readonly text: string
}

async function checkBatch(checker: TokenChecker, batch: readonly ServedText[], facts: Facts, findings: Findings) {
  const jobs = batch.map(({ text, token }) => ({ text, claims: token.claims, leaf: token.leaf }))
  const verdicts = await checker.check(jobs)
  for (const [at, served] of batch.entries()) {
    const verdict = verdicts[at]
    if (verdict !== undefined) reconcile(facts, served, verdict, findings)
  }
}

async function* batches({ source, size, facts, findings }: TokensInput): AsyncGenerator<readonly ServedText[]> {
  let batch: ServedText[] = []
  for await (const lines of pages(source)) {
    for (const text of lines) {
      const { index, jti, isErased } = headOf(text)
      // Erased: whether it was so by right is asked of the ledger, at the end. Later: its entry is for the next audit.
      if (isErased || index >= size) continue
      const token = tokenOf(facts, jti, findings)
      if (token !== undefined) batch.push({ jti, token, text })
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

interface TextHead {
  /** The index of its entry; −1 where the text does not begin with it. */
  readonly index: number
  readonly jti: string
  readonly isErased: boolean
}

/** Where the members stand in the order of archives, the text need not be parsed here: the check does that, on another thread. */
function headOf(text: string): TextHead {
  const head = /^\{(?:"index":(\d+),)?(?:"jti":"([\w-]{22})","claims":(null)?)?/.exec(text)
  const index = Number(head?.[1] ?? -1)
  if (head?.[2] !== undefined) return { index, jti: head[2], isErased: head[3] !== undefined }
  const value: JsonValue = readJson(text)
  const jti = isObject(value) ? (textOf(value, 'jti') ?? '') : ''
  return { index, jti, isErased: text.includes('"claims":null') }
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
