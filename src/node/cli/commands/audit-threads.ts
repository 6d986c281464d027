/**
 * Token checks on every core: signatures are most of an audit's work, and none depends on another.
 *
 * In: what the checks rest on. Out: a `TokenChecker` over as many threads as there are cores.
 * A thread is this same program, started with a command that no help text lists.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import type { Command } from 'commander'
import { createTokenCheck, type TokenJob, type TokenVerdict, type Trusted } from '../../../audit/check-token.ts'
import type { TokenChecker } from '../../../audit/check-tokens.ts'
import { usage } from '../exit.ts'
import { nodeCrypto } from './audit-crypto.ts'

interface Waiting {
  readonly resolve: (verdicts: readonly TokenVerdict[]) => void
  readonly reject: (error: Error) => void
}

/** A thread holds one batch at a time; without a bound it would put off clearing up after itself. */
const MEMORY = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 }

/** `program` is the file to run; default this one, which after a build is the whole command. */
export function startThreads(trusted: Trusted, program = fileURLToPath(import.meta.url)): TokenChecker {
  const threads = Array.from({ length: availableParallelism() }, () => startThread(trusted, program))
  let turn = 0
  return {
    // Batches are of one size and asked for in turn, so that no thread is idle while another has many.
    check: (jobs) => threads[turn++ % threads.length]?.check(jobs) ?? Promise.resolve([]),
    end: async () => {
      await Promise.all(threads.map((thread) => thread.end()))
    },
  }
}

function startThread(trusted: Trusted, program: string): TokenChecker {
  const worker = new Worker(program, { argv: ['audit', 'check-tokens'], workerData: trusted, resourceLimits: MEMORY })
  const waiting: Waiting[] = []
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  worker.on('message', (verdicts: readonly TokenVerdict[]) => waiting.shift()?.resolve(verdicts))
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('A thread that checks tokens has ended')))
  return {
    check: (jobs) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        worker.postMessage(jobs)
      }),
    end: async () => {
      await worker.terminate()
    },
  }
}

export const auditCheckTokens = (audit: Command): Command =>
  audit.command('check-tokens', { hidden: true }).description('one thread of an audit').action(checkTokens)

/** Answers each message with its verdicts, until the thread is ended. */
function checkTokens(): Promise<void> {
  const port = parentPort
  if (port === null) throw usage('This is a part of audit verify.')
  const check = createTokenCheck(workerData as Trusted, nodeCrypto)
  port.on('message', (jobs: readonly TokenJob[]) => port.postMessage(jobs.map(check)))
  return new Promise(() => {})
}
