/** The outcome of a call that was sent, where nobody knows whether its server acted on it. */
import { isJsonObject } from '@countersign/verifier/authority'
import { CODES, failed, type Outcome } from './json-rpc.ts'

const OUTCOME = 'io.countersign/outcome'

export const unsure = (why: string): Outcome =>
  failed(CODES.internal, `${why} Whether it acted on this call is not known: look before you repeat it.`, {
    [OUTCOME]: 'unknown',
  })

export const isUnsure = (outcome: Outcome): boolean =>
  'error' in outcome && isJsonObject(outcome.error.data) && outcome.error.data[OUTCOME] === 'unknown'
