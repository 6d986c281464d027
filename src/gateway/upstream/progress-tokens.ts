/**
 * The tokens under which a server may tell progress: of requests that it has not answered, and of those that it made a
 * task of.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { type Id, type Outcome, objectIn } from '../message/json-rpc.ts'

export interface ProgressTokens {
  readonly begin: (id: Id, params: JsonObject) => void
  readonly end: (id: Id, outcome: Outcome) => void
  readonly isKnown: (token: JsonValue | undefined) => boolean
}

/** The oldest is forgotten first. */
const MAX_TASKS = 1000

export function createProgressTokens(): ProgressTokens {
  const underWay = new Map<Id, JsonValue>()
  const ofTasks = new Set<JsonValue>()
  return {
    begin(id, params) {
      const { progressToken } = objectIn(params, '_meta')
      if (progressToken !== undefined) underWay.set(id, progressToken)
    },
    end(id, outcome) {
      const token = underWay.get(id)
      underWay.delete(id)
      if (token === undefined || !isTask(outcome)) return
      const [oldest] = ofTasks.add(token)
      if (ofTasks.size > MAX_TASKS && oldest !== undefined) ofTasks.delete(oldest)
    },
    isKnown: (token) => token !== undefined && (ofTasks.has(token) || [...underWay.values()].includes(token)),
  }
}

/** As 2025-11-25 has it. */
const isTask = (outcome: Outcome): boolean => 'result' in outcome && 'task' in outcome.result
