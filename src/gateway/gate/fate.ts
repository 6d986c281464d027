/** What became of a request whose approval may have been used, from the journal and from the authority. */
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import type { GateOptions } from './gate-options.ts'
import type { GatewayAgent } from './gateway-agent.ts'
import { isShaped } from './refused-call.ts'
import { type Executed, refusedResult } from './refused-result.ts'
import type { ToolCall } from './tool-call.ts'

/** `unknown`: its call was begun, and nobody knows its end. `unsent`: this gateway never sent it to the server. */
export type Fate = 'unused' | 'unsent' | 'unknown' | 'succeeded' | 'failed' | 'aborted'

/** The problem where the authority cannot tell. */
export async function fateOf({ authority, audience }: GatewayAgent, id: string): Promise<Fate | Problem> {
  const answer = await authority.call('requestContent', { params: { id } })
  if (!answer.ok) return answer.problem
  const { outcome, executor } = answer.value.request
  if (outcome === null || outcome === 'unused' || outcome === 'revoked') return 'unused'
  if (outcome === 'aborted' && executor === audience) return 'unsent'
  return outcome === 'running' || outcome === 'indeterminate' ? 'unknown' : outcome
}

/** The answer to a call whose approval was used by another run; undefined where it was not. */
export async function usedBefore(
  { journal }: Pick<GateOptions, 'journal'>,
  call: ToolCall,
  request: OpenRequest,
): Promise<Outcome | Problem | undefined> {
  const fate = (await journal.hasBegun(request.id)) ? 'unknown' : await fateOf(call.agent, request.id)
  if (typeof fate !== 'string') return fate
  return fate === 'unused' ? undefined : usedResult(call, fate, request)
}

export const executedBy = (fate: Fate): Executed =>
  fate === 'unused' || fate === 'unsent' ? false : fate === 'unknown' || fate === 'aborted' ? 'unknown' : true

export const FATE_WORDS: Readonly<Record<Exclude<Fate, 'unused'>, string>> = {
  unsent: 'The call was not sent to its server, so nothing was executed.',
  unknown: 'The call was begun, and whether it was done is not known.',
  succeeded: 'The call ran, and its outcome is reported as succeeded.',
  failed: 'The call ran, and its outcome is reported as failed.',
  aborted: 'The call was begun, and cut off before its end.',
}

/** The next step of a call that may have been done. */
export const nextStep = ({ isRead }: Pick<ToolCall, 'isRead'>): string =>
  isRead ? 'It only reads: make it again.' : LOOK_FIRST

/** The same where the answer of its server was too much. */
export const nextOfOverlong = ({ isRead }: Pick<ToolCall, 'isRead'>): string =>
  isRead
    ? 'It only reads: ask for less, or for one thing at a time.'
    : `The server has acted on the call, and how it ended was not read. ${LOOK_FIRST}`

/** The same where the call itself is not known. */
export const stepAfter = (fate: Fate): string => (fate === 'unsent' ? ASKED_ANEW : LOOK_FIRST)

const LOOK_FIRST = 'Look at what there is before you repeat it.'
const ASKED_ANEW = 'Make the call again if it is still needed: people are asked anew.'

export const usedResult = (call: ToolCall, fate: Exclude<Fate, 'unused'>, request: OpenRequest): Outcome =>
  refusedResult(
    {
      code: fate === 'unknown' ? 'indeterminate' : 'token_redeemed',
      detail: `The approval of this call has been used. ${FATE_WORDS[fate]} It was not run again. ${call.isRead ? nextStep(call) : stepAfter(fate)}`,
      remediation: 'unavailable',
      executed: executedBy(fate),
      request,
    },
    isShaped(call),
  )

/** The answer to a call whose approval was spent before it turned out that it cannot be sent. */
export const unsentResult = (call: ToolCall, why: string, request: OpenRequest): Outcome =>
  refusedResult(
    {
      code: 'aborted',
      detail: `${why} ${FATE_WORDS.unsent} The approval is used. ${ASKED_ANEW}`,
      remediation: 'undisclosed',
      request,
    },
    isShaped(call),
  )
