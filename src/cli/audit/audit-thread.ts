/**
 * One thread of an audit: answers each batch of token texts with its verdicts, until it is ended.
 *
 * A program of its own: loading the whole command would take a thread longer than its checks.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { createTokenCheck, type TokenJob } from '../../audit/tokens/check-token.ts'
import { nodeCrypto } from './audit-crypto.ts'

const check = createTokenCheck(workerData, nodeCrypto)
let last = Promise.resolve()
parentPort?.on('message', (jobs: readonly TokenJob[]) => {
  last = last.then(async () => parentPort?.postMessage(await Promise.all(jobs.map(check))))
})
