/**
 * One thread of an audit: answers each batch of token texts with its verdicts, until it is ended.
 *
 * Texts are checked one after another, so that what one needs is garbage before the next. Verdicts travel as JSON, which
 * is read in half the time of a structured clone.
 *
 * A program of its own: loading the whole command would take a thread longer than its checks.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { createTokenCheck, type TokenJob, type TokenVerdict } from '../../audit/tokens/check-token.ts'
import { nodeCrypto } from './audit-crypto.ts'

const check = createTokenCheck(workerData, nodeCrypto)
let last = Promise.resolve()
parentPort?.on('message', (jobs: readonly TokenJob[]) => {
  last = last.then(async () => {
    const verdicts: TokenVerdict[] = []
    for (const job of jobs) verdicts.push(await check(job))
    parentPort?.postMessage(JSON.stringify(verdicts))
  })
})
