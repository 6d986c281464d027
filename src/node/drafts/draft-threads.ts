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
  readonly resolve: (answer: DraftAnswer) => void
  readonly timer: NodeJS.Timeout
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
  let idle: NodeJS.Timeout | undefined
  const waiting: Waiting[] = []

  async function end(words = BROKEN): Promise<void> {
    const ending = worker
    worker = undefined
    clearTimeout(idle)
    for (const { resolve, timer } of waiting.splice(0)) settle(resolve, timer, words)
    await ending?.terminate()
  }

  function settle(resolve: Waiting['resolve'], timer: NodeJS.Timeout, answer: DraftAnswer): void {
    clearTimeout(timer)
    resolve(answer)
  }

  function start(): Worker {
    const started = new Worker(program, { resourceLimits: MEMORY })
    started.unref()
    started.on('message', (answer: DraftAnswer | null) => {
      const first = waiting.shift()
      if (first) settle(first.resolve, first.timer, answer ?? BROKEN)
      if (answer === null) void end()
    })
    const gone = () => (worker === started ? void end() : undefined)
    started.on('error', gone)
    started.on('exit', gone)
    return started
  }

  return {
    end: () => end(),
    answer: (job: DraftJob) =>
      new Promise((resolve) => {
        if (waiting.length >= MAX_WAITING) return resolve(BUSY)
        worker ??= start()
        clearTimeout(idle)
        idle = setTimeout(() => void end(SLOW), Math.max(IDLE_MS, JOB_MS * MAX_WAITING)).unref()
        waiting.push({ resolve, timer: setTimeout(() => void end(SLOW), JOB_MS * (waiting.length + 1)) })
        worker.postMessage(job)
      }),
  }
}
