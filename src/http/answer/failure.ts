/**
 * The answer to a call that failed on the way. A call that writes can fail between two of its writes, and a connection
 * that is lost during a commit does not tell whether it took place: so the answer never says that nothing was done. SPEC 12.
 */
import type { Log } from '../../authority/deps.ts'
import { NoSigningKey, type Refusal, StoreUnavailable } from '../../domain/refusal.ts'

export const RETRY_AFTER_SECONDS = 2
const RESTARTED_AFTER_SECONDS = 30

/** Logs the failure. Gives the refusal that the caller of this method sees. */
export function failureOf(error: Error, method: string, log: Log): Refusal {
  const next = READS.has(method) ? 'Try again.' : UNSURE
  if (error instanceof StoreUnavailable) {
    log.error('store.unavailable', { reason: error.message })
    return away(`The authority cannot reach its database. ${next}`)
  }
  if (error instanceof NoSigningKey) {
    log.error('signing_key.none', { reason: error.message })
    return away(`The authority’s new key may not sign yet. ${next}`)
  }
  if (isMissingModule(error)) {
    log.error('program.replaced', { reason: error.message, next: 'Restart this process.' })
    return away(`${REPLACED} ${next}`, RESTARTED_AFTER_SECONDS)
  }
  log.error('bug', { name: error.name, message: error.message, stack: error.stack })
  return { code: 'authority_unreachable', message: `${BUG} ${next}`, status: 500 }
}

const READS = new Set(['GET', 'HEAD'])
const UNSURE = 'The call may have been carried out: check before you repeat it.'
const REPLACED =
  'The files of this authority were replaced while it runs, and it needs one that is gone. Its operator has to restart it.'
const BUG = 'The authority failed in a way it should not; the operator’s log says more.'

const away = (message: string, retryAfterSeconds = RETRY_AFTER_SECONDS): Refusal => ({
  code: 'authority_unreachable',
  message,
  retryAfterSeconds,
})

/** Some modules are loaded when they are first needed. An upgrade in place takes those of the running version away. */
const isMissingModule = (error: Error): boolean =>
  'code' in error && (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND')
