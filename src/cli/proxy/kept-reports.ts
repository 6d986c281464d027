/**
 * Reports of outcomes that the authority did not take, kept in files until it does: the gateway's journal, used where a
 * delivery fails alone, so that a call costs nothing more. A report that its process did not come to send is not kept.
 */
import { createInstance } from '../../gateway/state/instance.ts'
import { type BegunRun, createRunJournal } from '../../gateway/state/run-journal.ts'

type Fetch = (url: string, init: RequestInit) => Promise<Response>

interface KeptReportsOptions {
  readonly folder: string
  readonly issuer: string
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
  const journal = createRunJournal({ ...options, instance })
  const kept = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()

  /** One after another: the journal has one use of a token under way at a time. */
  async function keep(run: BegunRun, url: string, init: RequestInit): Promise<Response> {
    kept.add(run.request)
    const begun = last.then(() => journal.begin(run).catch(failed)).then(() => ({ delivery: journal.fetch(url, init) }))
    last = begun
    const response = await (await begun).delivery
    if (isTaken(response)) kept.delete(run.request)
    return response
  }

  return async (url, init) => {
    const run = runOf(url, init)
    if (!run) return send(url, init)
    const response = kept.has(run.request) ? undefined : await send(url, init).catch(() => undefined)
    return response && isTaken(response) ? response : keep(run, url, init)
  }
}

/** Or refused for good. */
const isTaken = ({ status }: Response): boolean => status < TRY_AGAIN
const TRY_AGAIN = 429

/** The use of a token that a report is about, by a name of its own. */
function runOf(url: string, { body }: RequestInit): BegunRun | undefined {
  const jti = /\/redemptions\/([\w-]+)\/outcome$/.exec(url)?.[1]
  if (jti === undefined || typeof body !== 'string') return undefined
  const { use } = JSON.parse(body)
  return { request: `${jti}.${use}`, jti, use }
}
