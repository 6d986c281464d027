/**
 * Calls that their server has not finished: it asked the client for input, and the same call comes back with the state
 * that the server gave. Such a follow-up belongs to the approval of the call, once.
 */
import { type JsonObject, sha256 } from '@countersign/verifier'
import type { Outcome } from '../message/json-rpc.ts'

export interface FollowUps {
  /** Notes the state with which the call under this key may come back. */
  readonly note: (key: string, outcome: Outcome) => Promise<void>
  /** Whether the call is such a follow-up; it is then used up. */
  readonly take: (key: string, params: JsonObject) => Promise<boolean>
}

const MAX_OPEN = 1000

export function createFollowUps(): FollowUps {
  const open = new Set<string>()
  const markOf = async (key: string, { requestState = '' }: JsonObject) =>
    `${key} ${(await sha256(String(requestState))).join()}`
  return {
    async note(key, outcome) {
      if ('error' in outcome || outcome.result['resultType'] !== 'input_required') return
      if (open.size >= MAX_OPEN) open.clear()
      open.add(await markOf(key, outcome.result))
    },
    take: async (key, params) => open.delete(await markOf(key, params)),
  }
}

/** Whether a call comes back with what it was asked for. */
export const isRepeated = (params: JsonObject): boolean => 'requestState' in params || 'inputResponses' in params
