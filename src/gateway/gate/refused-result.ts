/**
 * What the client gets in place of a result: in the protocol's own words, with SEP-2643's `authorization` in `_meta`. A
 * refusal is a result with `isError`, so that the model reads why, and what to do next.
 */
import type { JsonObject } from '@countersign/verifier'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { AUTHORIZATION } from '../message/own-meta.ts'
import type { OpenRequest } from '../state/waiting-request.ts'

/** What tells a refusal of the gateway from an answer of the server, who cannot write it. */
export const REFUSAL = 'io.countersign/refusal'

type Remediation = 'available' | 'unavailable' | 'undisclosed'

/** Whether the call was carried out. */
export type Executed = boolean | 'unknown'

export interface Refused {
  readonly code: string
  /** Words for the model: what happened, and the next step. */
  readonly detail: string
  readonly remediation: Remediation
  /** Default: false. */
  readonly executed?: Executed
  /** How its request ended. */
  readonly state?: string | undefined
  /** The request that waits, or that ended. */
  readonly request?: OpenRequest | undefined
}

/** `plain`: without structured content, for a tool whose results have a schema of their own. */
export function refusedResult(
  { code, detail, remediation, executed = false, state, request }: Refused,
  plain: boolean,
): Outcome {
  const facts: JsonObject = {
    status: code,
    executed,
    ...(state === undefined ? {} : { state }),
    ...(request ? { request: request.id, url: request.url, expires_at: request.expiresAt } : {}),
  }
  return {
    result: {
      content: [{ type: 'text', text: detail }],
      isError: true,
      ...(plain ? {} : { structuredContent: facts }),
      _meta: { [AUTHORIZATION]: authorizationOf(remediation, request), [REFUSAL]: facts },
    },
  }
}

/** The same as an error: of a method whose results have no place for words. Other outcomes stay as they are. */
export function asError(outcome: Outcome): Outcome {
  if ('error' in outcome) return outcome
  const { content, _meta } = outcome.result
  const facts = objectIn(_meta, REFUSAL)
  const [said] = Array.isArray(content) ? content : []
  const { status } = facts
  if (typeof status !== 'string') return outcome
  return failed(PASSING.has(status) ? CODES.internal : CODES.refused, textIn(said, 'text') ?? status, {
    ...facts,
    _meta: objectIn(outcome.result, '_meta'),
  })
}

export const isRefusal = (outcome: Outcome): boolean =>
  'error' in outcome
    ? isOwnRefusal(objectIn(outcome.error.data, '_meta'))
    : isOwnRefusal(objectIn(outcome.result, '_meta'))

const isOwnRefusal = (meta: JsonObject): boolean => textIn(objectIn(meta, REFUSAL), 'status') !== undefined

const PASSING = new Set(['authority_unreachable', 'status_stale', 'state_unknown', 'state_unwritable', 'rate_limited'])

/** May be otherwise in a while. */
export const isPassing = ({ code }: Pick<Refused, 'code'>): boolean => PASSING.has(code)

/** SEP-2643: what is missing, and how it can be had. `taskId`: of the task that the call became. */
export const authorizationOf = (remediation: Remediation, request?: OpenRequest, taskId?: string): JsonObject => ({
  reason: 'insufficient_authorization',
  remediation,
  ...(request ? { authorizationContextId: request.id } : {}),
  ...(request && remediation === 'available'
    ? {
        remediationHints: [
          ...(taskId === undefined ? [] : [{ type: 'task', taskId }]),
          { type: 'url', url: request.url },
        ],
      }
    : {}),
})
