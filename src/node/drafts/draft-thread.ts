/**
 * The thread in which drafts of the policy are tried: a program of its own, with an engine of its own, so that no draft
 * breaks or delays the policy in force.
 */
import { parentPort } from 'node:worker_threads'
import { createDraftDesk } from '../../domain/policy/drafts/draft-desk.ts'
import type { DraftAnswer, DraftJob } from '../../domain/policy/drafts/draft-job.ts'
import { createCedarHost } from '../cedar-host.ts'

const answer = createDraftDesk(createCedarHost())
let last: Promise<unknown> = Promise.resolve()

parentPort?.on('message', (job: DraftJob) => {
  last = last.then(async () => parentPort?.postMessage(await answerOrBreak(job)))
})

/** Null: the engine broke, and this thread with it. */
async function answerOrBreak(job: DraftJob): Promise<DraftAnswer | null> {
  try {
    return await answer(job)
  } catch {
    return null
  }
}
