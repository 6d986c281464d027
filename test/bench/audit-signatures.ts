/**
 * How fast an audit checks signatures, each token's and its passkey's, against bare Web Crypto on the same cores.
 *
 * The log is long enough to measure checks, not the start of threads: a log of 12,000 tokens was half read before V8 had
 * compiled the checks, and an audit of years has millions. `audit-signatures-least` is the bare experiment behind the
 * ratio: the least that an audit can do for a token, on as many threads.
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { NoteKey } from '@countersign/verifier/proof'
import { audit } from '../../src/audit/audit.ts'
import type { TokenChecker } from '../../src/audit/tokens/check-tokens.ts'
import { nodeCrypto } from '../../src/cli/audit/audit-crypto.ts'
import { folderSource } from '../../src/cli/audit/audit-folder.ts'
import { startThreads } from '../../src/cli/audit/audit-threads.ts'
import { createWorld } from '../audit/world.ts'
import type { LeastWork } from './bare-signatures.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { writeMirror } from './mirror.ts'

const TOKENS = 60_000
const ROUNDS = 5
const LEAST_ROUNDS = 3
/** More than there are cores, so that none waits for this thread. */
const IN_FLIGHT = 64
const THREAD = fileURLToPath(new URL('../../dist/audit-thread.js', import.meta.url))
const LEAST = new URL('./bare-signatures.js', import.meta.url)
/** As many texts as the least work is done on. */
const SAMPLE = 2_000

export const auditSignatures: Bench = {
  name: 'audit-signatures',
  about:
    'signatures an audit checks a second, tokens’ and passkeys’, on every core, against bare `crypto.subtle.verify`',
  onlyByName: true,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-mirror-'))
    try {
      const log = await writeLog(folder)
      const signed = await bareSignatures()
      const bare = () => bareChecks(signed)
      await bare()
      const turns = await alternate(ROUNDS, () => auditing(folder, log), bare)
      const texts = readFileSync(join(folder, 'ledger/artifacts.jsonl'), 'utf8').split('\n').slice(0, SAMPLE)
      const least = await alternate(LEAST_ROUNDS, () => leastWork(signed, texts), bare)
      const target = { of: 'ratio', is: '≥', limit: 0.85 } as const
      const rate = compare(turns, ({ perSecond }) => perSecond)
      const work = compare(turns, ({ perProcessorSecond }) => perProcessorSecond)
      return [
        figure({ name: 'audit-signatures', unit: 'signatures/s', ...rate, target }),
        // On a machine that others use too, the clock favours whoever has more threads; this does not.
        figure({ name: 'audit-signatures-work', unit: 'per processor second', ...work }),
        figure({
          name: 'audit-signatures-least',
          unit: 'per processor second',
          ...compare(least, ({ perProcessorSecond }) => perProcessorSecond),
        }),
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

/** A log in a folder, and what an auditor needs to know of it. */
interface WrittenLog {
  readonly key: NoteKey
  /** When every token has ended. */
  readonly auditedAt: number
}

async function writeLog(folder: string): Promise<WrittenLog> {
  const world = await createWorld()
  while (world.artifacts.length < TOKENS) await world.request({ by: [world.ada] })
  const bodies = world.entries.map((entry) => ({ body: Buffer.from(entry).toString() }))
  await writeMirror(folder, bodies, world.log)
  mkdirSync(join(folder, 'ledger'))
  const lines = world.artifacts.map((artifact) => `${JSON.stringify(artifact)}\n`)
  writeFileSync(join(folder, 'ledger/artifacts.jsonl'), lines.join(''))
  return { key: world.logKey, auditedAt: world.now + 100_000 }
}

/** From the first thread's start to the last verdict taken in: all of an audit that has to do with token texts. */
async function auditing(folder: string, { key, auditedAt }: WrittenLog): Promise<Rate> {
  let rate: Rate | undefined
  const startChecker = (trusted: Parameters<typeof startThreads>[0]): TokenChecker => {
    const taken = stopwatch()
    const checker = startThreads(trusted, THREAD)
    const end = () => {
      rate = taken()
      return checker.end()
    }
    return { ...checker, end }
  }
  const source = folderSource(folder)
  const result = await audit({ source, key, kept: [], crypto: nodeCrypto, now: auditedAt, startChecker })
  if (rate === undefined || result.total > 0 || result.tokens.checked < TOKENS)
    throw new Error(`The audit found something: ${JSON.stringify(result.counts)}, ${JSON.stringify(result.tokens)}`)
  return rate
}

interface Rate {
  readonly perSecond: number
  readonly perProcessorSecond: number
}

/** Of two signatures a token, since it was started; by the clock, and by what all threads of this process computed. */
function stopwatch(): () => Rate {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    const signatures = 2 * TOKENS
    return {
      perSecond: (signatures * 1000) / (performance.now() - startedAt),
      perProcessorSecond: (signatures * 1e6) / (user + system),
    }
  }
}

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** As long as what a token and an assertion sign. */
const SIGNED_BYTES = [1900, 69]

interface BareSignatures extends Pick<LeastWork, 'signed' | 'jwk'> {
  readonly publicKey: CryptoKey
}

async function bareSignatures(): Promise<BareSignatures> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ES256, true, ['sign', 'verify'])
  const jwk = await crypto.subtle.exportKey('jwk', publicKey)
  const signed = await Promise.all(
    SIGNED_BYTES.map(async (length) => {
      const data = crypto.getRandomValues(new Uint8Array(length))
      return { data, signature: new Uint8Array(await crypto.subtle.sign(ES256, privateKey, data)) }
    }),
  )
  return { publicKey, jwk: { ...jwk }, signed }
}

async function bareChecks({ publicKey, signed }: BareSignatures): Promise<Rate> {
  let left = 2 * TOKENS
  const work = async () => {
    while (left-- > 0) {
      const one = signed[left % 2]
      if (!one || !(await crypto.subtle.verify(ES256, publicKey, one.signature, one.data)))
        throw new Error('Does not hold')
    }
  }
  const taken = stopwatch()
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  return taken()
}

/** On as many threads as an audit has. */
async function leastWork({ jwk, signed }: BareSignatures, texts: readonly string[]): Promise<Rate> {
  const threads = availableParallelism()
  const workerData: LeastWork = { jwk, signed, texts, tokens: Math.ceil(TOKENS / threads) }
  const taken = stopwatch()
  await Promise.all(Array.from({ length: threads }, () => once(new Worker(LEAST, { workerData }), 'exit')))
  return taken()
}
