/**
 * Reports of outcomes that the authority did not take, kept in files until it does: the gateway's journal, used where a
 * delivery fails alone, so that a call costs nothing more. A report that its process did not come to send is not kept.
 */
import { createInstance } from '../../gateway/state/instance.ts'
import { createRunJournal, keyOf, reportedRun } from '../../gateway/state/run-journal.ts'

type Fetch = (url: string, init: RequestInit) => Promise<Response>

interface KeptReportsOptions {
  readonly folder: string
  readonly issuer: string
  readonly audience: string
  /** The executor's. */
  readonly credential: string
  readonly send: Fetch
  /** Ends the deliveries. */
  readonly signal: AbortSignal
  /** Is told where the folder cannot be used. */
  readonly failed: (error: unknown) => void
}

/** A `fetch` for the verifier. */
export async function keepReports(options: KeptReportsOptions): Promise<Fetch> {
  const { send, folder, failed, signal } = options
  const instance = await createInstance({ folder, failed }).catch(failed)
  if (!instance) return send
  signal.addEventListener('abort', () => void instance.close(), { once: true })
  const journal = createRunJournal({ ...options, instance, ended: 'ProxyEnded' })
  const kept = new Set<string>()

  return async (url, init) => {
    const run = reportedRun(url, init)
    if (!run) return send(url, init)
    const key = keyOf(run)
    const first = kept.has(key) ? undefined : await send(url, init).catch(() => undefined)
    if (first && isTaken(first)) return first
    kept.add(key)
    // A folder that cannot be used was told, and the report is sent all the same.
    await journal.begin({ jti: run.jti, use: run.use }).catch(() => {})
    const response = await journal.fetch(url, init)
    if (isTaken(response)) kept.delete(key)
    return response
  }
}

/** Or refused for good. */
const isTaken = ({ status }: Response): boolean => status < TRY_AGAIN
const TRY_AGAIN = 429
