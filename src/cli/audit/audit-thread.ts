/**
 * One thread of an audit: answers each batch of token texts with its verdicts, until it is ended.
 *
 * Texts are checked one after another, so that what one needs is garbage before the next. Verdicts travel as JSON, which
 * is read in half the time of a structured clone.
 *
 * A program of its own: loading the whole command would take a thread longer than its checks.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { createTokenCheck, type TokenJob } from '../../audit/tokens/check-token.ts'
import { nodeCrypto } from './audit-crypto.ts'

const check = createTokenCheck(workerData, nodeCrypto)
parentPort?.on('message', (jobs: readonly TokenJob[]) => parentPort?.postMessage(JSON.stringify(jobs.map(check))))
