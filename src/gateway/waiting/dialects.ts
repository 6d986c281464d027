/**
 * The answers to a client whose call waits, by what it declared: a task (SEP-2663), `input_required` with the link
 * (2026-07-28), error -32042 (2025-11-25), else an error result with the link. The link is there at once: a client is
 * held when it comes back, or where it takes the link as progress. Nobody is held for more than 45 seconds, nor asked
 * more than ten times.
 */

import type { JsonObject } from '@countersign/verifier'
import { isOwnState } from '../gate/follow-ups.ts'
import { authorizationOf, refusedResult } from '../gate/refused-result.ts'
import type { ToolCall } from '../gate/tool-call.ts'
import type { Renewed, Waiting } from '../gate/waiting-port.ts'
import { CODES, failed, type Outcome, objectIn } from '../message/json-rpc.ts'
import { AUTHORIZATION } from '../message/own-meta.ts'
import { FIRST_STATELESS } from '../message/protocol.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import type { RequestState, RequestStates } from './request-state.ts'
import { createdTask, declaresTasks, showsLinks } from './task-result.ts'

export type Dialect = 'task' | 'input_required' | 'url_elicitation' | 'plain'

const URL_ELICITATION = '2025-11-25'
const ELICITATION_REQUIRED = -32042
const MAX_ROUNDS = 9

export function dialectOf({ client }: Pick<ToolCall, 'client'>): Dialect {
  const { protocolVersion } = client
  if (protocolVersion >= FIRST_STATELESS && declaresTasks(client)) return 'task'
  if (!showsLinks(client)) return 'plain'
  if (protocolVersion >= FIRST_STATELESS) return 'input_required'
  return protocolVersion >= URL_ELICITATION ? 'url_elicitation' : 'plain'
}

export function createWaiting(holdMs: number, states: RequestStates): Waiting {
  const stateOf = ({ params: { requestState } }: ToolCall, key: string): RequestState | undefined =>
    isOwnState(requestState) ? states.read(requestState, key) : undefined
  /** Most clients repeat nothing that tells a call from its repetition. */
  const told = new Set<string>()

  function isAnsweredAtOnce(call: ToolCall, key: string): boolean {
    switch (dialectOf(call)) {
      case 'task':
        return true
      case 'input_required':
        return stateOf(call, key) === undefined
      case 'url_elicitation':
        return !told.has(key)
      case 'plain':
        return !told.has(key) && !takesProgress(call)
    }
  }

  return {
    holdMs: (call, key) => (isAnsweredAtOnce(call, key) ? 0 : holdMs),
    async answer(call, one, key, renewed) {
      const { request } = one
      const round = stateOf(call, key)?.round ?? 0
      const dialect = dialectOf(call)
      if (dialect === 'task') return createdTask(await call.agent.tasks.begin(key, call.params, one))
      remember(told, key)
      if (dialect === 'plain' || round >= MAX_ROUNDS || hasDeclined(call)) return plain(call, request, dialect, renewed)
      if (dialect === 'input_required')
        return inputRequired(call, request, states.make(key, { round: round + 1, request }))
      return elicitationRequired(call, request)
    },
    tell: (call, request) => plain(call, request, dialectOf(call)),
    asked: (call, key) => stateOf(call, key)?.request,
    refuse({ params: { requestState } }, key) {
      if (!isOwnState(requestState) || states.read(requestState, key)) return undefined
      return failed(
        CODES.invalidParams,
        'requestState is of another call, was altered, or is over. Nothing was executed.',
      )
    },
    answered(call, { id }, key) {
      told.delete(key)
      if (dialectOf(call) === 'url_elicitation')
        call.notify('notifications/elicitation/complete', { elicitationId: id })
    },
  }
}

const MAX_TOLD = 1000

function remember(told: Set<string>, key: string): void {
  if (told.size >= MAX_TOLD) told.clear()
  told.add(key)
}

/** Asked for it, and so sees the link while it waits. */
const takesProgress = ({ params }: ToolCall): boolean => objectIn(params, '_meta')['progressToken'] !== undefined

const wordsOf = ({ tool }: ToolCall): string => `A person has to approve this call of ${tool}. Open the page to see it.`

/** `accept` means that the link was opened, and nothing more. */
function hasDeclined({ params }: ToolCall): boolean {
  const action = objectIn(objectIn(params, 'inputResponses'), INPUT)['action']
  return action === 'decline' || action === 'cancel'
}

const INPUT = 'approval'

const inputRequired = (call: ToolCall, request: OpenRequest, requestState: string): Outcome => ({
  result: {
    resultType: 'input_required',
    inputRequests: {
      [INPUT]: { method: 'elicitation/create', params: { mode: 'url', message: wordsOf(call), url: request.url } },
    },
    requestState,
    _meta: { [AUTHORIZATION]: authorizationOf('available', request) },
  },
})

const elicitationRequired = (call: ToolCall, request: OpenRequest): Outcome => {
  const elicitation: JsonObject = { mode: 'url', elicitationId: request.id, url: request.url, message: wordsOf(call) }
  return failed(ELICITATION_REQUIRED, wordsOf(call), {
    elicitations: [elicitation],
    _meta: { [AUTHORIZATION]: authorizationOf('available', request) },
  })
}

const WHY_ANEW = {
  state_changed: 'What this call acts upon was changed after it was approved. ',
  request_expired: 'This call was approved, and not made in time. ',
}

const plain = ({ definition }: ToolCall, request: OpenRequest, dialect: Dialect, renewed?: Renewed): Outcome =>
  refusedResult(
    {
      code: renewed ?? 'approval_required',
      detail: `${renewed ? WHY_ANEW[renewed] : ''}A person has to approve this call first. Nothing was executed. When it is approved, make exactly the same call again; get_request_status with request ${request.id} tells whether it was approved. The page where people approve it: ${request.url}`,
      remediation: dialect === 'plain' ? 'undisclosed' : 'available',
      request,
    },
    definition['outputSchema'] !== undefined,
  )
