/**
 * Drafts in a thread: started with the first draft, ended when one breaks it, takes too long, or none comes for a while.
 * The build puts the thread's program beside the command. SPEC 11.4.
 */
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { DraftAnswer, DraftJob, Drafts } from '../../domain/policy/drafts/draft-job.ts'

const PROGRAM = fileURLToPath(new URL('./draft-thread.js', import.meta.url))
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 }
const JOB_MS = 20_000
const IDLE_MS = 60_000
/** Jobs of all people that may wait for the thread. */
const MAX_WAITING = 8

interface Waiting {
  readonly job: DraftJob
  readonly resolve: (answer: DraftAnswer) => void
}

const failed = (words: string): DraftAnswer => ({ kind: 'failed', words })
const BUSY: DraftAnswer = { kind: 'busy', words: 'Too many drafts are being tried. Wait for one to end.' }
const SLOW = failed(`The draft took longer than ${JOB_MS / 1000} s. Write shorter policies.`)
const BROKEN = failed('The draft broke the policy engine that tried it. Write shorter or less nested policies.')

export interface DraftThreads extends Drafts {
  readonly end: () => Promise<void>
}

export function createDraftThreads(program = PROGRAM): DraftThreads {
  let worker: Worker | undefined
  let late: NodeJS.Timeout | undefined
  let idle: NodeJS.Timeout | undefined
  /** The first is in the thread. */
  const waiting: Waiting[] = []

  function run(): void {
    const [first] = waiting
    clearTimeout(idle)
    if (!first) {
      idle = setTimeout(() => void drop(), IDLE_MS).unref()
      return
    }
    worker ??= start()
    late = setTimeout(() => void fail(SLOW), JOB_MS)
    worker.postMessage(first.job)
  }

  function settle(answer: DraftAnswer): void {
    clearTimeout(late)
    waiting.shift()?.resolve(answer)
    run()
  }

  async function drop(): Promise<void> {
    const ending = worker
    worker = undefined
    await ending?.terminate()
  }

  /** The thread's own job is lost with it; those that wait run in a new one. */
  function fail(words: DraftAnswer): Promise<void> {
    const dropped = drop()
    settle(words)
    return dropped
  }

  function start(): Worker {
    const started = new Worker(program, { resourceLimits: MEMORY })
    started.unref()
    started.on('message', (answer: DraftAnswer | null) => (answer === null ? void fail(BROKEN) : settle(answer)))
    const gone = () => (worker === started ? void fail(BROKEN) : undefined)
    started.on('error', gone)
    started.on('exit', gone)
    return started
  }

  return {
    end() {
      clearTimeout(late)
      clearTimeout(idle)
      for (const { resolve } of waiting.splice(0)) resolve(BROKEN)
      return drop()
    },
    answer: (job: DraftJob) =>
      new Promise((resolve) => {
        if (waiting.length >= MAX_WAITING) return resolve(BUSY)
        waiting.push({ job, resolve })
        if (waiting.length === 1) run()
      }),
  }
}
