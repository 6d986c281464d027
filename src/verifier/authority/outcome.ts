/**
 * Tells the authority how an approved action ended, or that it did not begin.
 *
 * A report that cannot be delivered never changes what the caller of the action sees. Keeps no report beyond this
 * process: one that is lost shows up in the ledger as `indeterminate`. SPEC 1 and 8.
 */
import type { Preview } from '../action/preview.ts'
import { ApprovalError, ERROR_STATUS, type ErrorCode } from '../errors/approval-error.ts'
import type { ApprovalClaims } from '../jwt/claims.ts'
import { post, type Redemption, type RedemptionDesk, refusal } from './redeem.ts'

export type OutcomeReport = {
  readonly outcome: 'succeeded' | 'failed' | 'aborted' | 'indeterminate'
  /** The actual change. */
  readonly result?: Preview | undefined
  /** At most 2000 characters, for the auditor. */
  readonly detail?: string | undefined
}

/** What `run` throws where it does not know whether the action was done: a time-out, an answer that was lost. */
export class OutcomeUnknown extends Error {
  override readonly name: string = 'OutcomeUnknown'
}

/** What `run` throws where it has done nothing: the action did not begin, and the outcome is `aborted`. */
export class NotExecuted extends Error {
  override readonly name: string = 'NotExecuted'
}

export type Reporter = {
  /** Sends a report; resolves after the first attempt, whatever came of it. Later attempts go on by themselves. */
  readonly report: (redemption: Redemption, report: OutcomeReport) => Promise<void>
  /** As `report`, for a call that was refused although its token was good until then. */
  readonly refused: (claims: ApprovalClaims, code: ErrorCode) => Promise<void>
  /** Resolves when no report is under way any more: await it before a process ends. */
  readonly settled: () => Promise<void>
}

/** Pauses before the second and later attempts, in milliseconds. */
const RETRY_DELAYS_MS = [250, 1000, 4000] as const

/** Makes a `Reporter`. `onError` hears of every report that was given up. */
export function createReporter(desk: RedemptionDesk, onError: (error: unknown) => void): Reporter {
  const underWay = new Set<Promise<void>>()

  const deliver = async (path: string, body: object) => {
    const send = () => sendReport(desk, path, body)
    try {
      await send()
    } catch (error) {
      const rest = retry(send, error).catch(onError)
      underWay.add(rest)
      rest.finally(() => underWay.delete(rest))
    }
  }

  return {
    report: ({ jti, use }, report) => deliver(`/redemptions/${jti}/outcome`, { use, ...report }),
    refused: ({ jti, scope: name, approval: { request } }, code) => deliver('/refusals', { code, name, jti, request }),
    settled: async () => void (await Promise.all(underWay)),
  }
}

async function sendReport(desk: RedemptionDesk, path: string, body: object): Promise<void> {
  const answer = await post(desk, path, body)
  if (answer.status !== 201) throw refusal(answer.text)
}

async function retry(send: () => Promise<void>, first: unknown): Promise<void> {
  let failure = first
  for (const delayMs of RETRY_DELAYS_MS) {
    // Only an authority that is busy or out of reach may answer otherwise the next time.
    if (!(failure instanceof ApprovalError) || failure.status < ERROR_STATUS.rate_limited) break
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    try {
      return await send()
    } catch (error) {
      failure = error
    }
  }
  throw failure
}
