/**
 * Token checks on every core: signatures are most of an audit's work, and none depends on another.
 *
 * A thread runs `audit-thread.ts`, which the build puts beside the command.
 */
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { TokenVerdict, Trusted } from '../../audit/tokens/check-token.ts'
import type { TokenChecker } from '../../audit/tokens/check-tokens.ts'

interface PendingBatch {
  readonly resolve: (verdicts: readonly TokenVerdict[]) => void
  readonly reject: (error: Error) => void
}

/** A thread holds one batch at a time; without a bound, V8 would delay its garbage collection. */
const MEMORY = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 }

const PROGRAM = fileURLToPath(new URL('./audit-thread.js', import.meta.url))

/** `program` is the file that a thread runs; default the one beside the built command. */
export function startThreads(trusted: Trusted, program = PROGRAM): TokenChecker {
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
  const worker = new Worker(program, { workerData: trusted, resourceLimits: MEMORY })
  const waiting: PendingBatch[] = []
  const fail = (error: Error) => {
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  worker.on('message', (verdicts: string) => waiting.shift()?.resolve(JSON.parse(verdicts)))
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
