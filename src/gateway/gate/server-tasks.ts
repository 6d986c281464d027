/**
 * Which server a task is of: one that it made of an agent's call, or that a client made of its request. What is about a
 * task goes to its server alone, and what is about any other task goes nowhere.
 */
import type { JsonObject } from '@countersign/verifier'
import { type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { isTask } from '../message/unfinished.ts'

export interface ServerTasks {
  /** Notes the task that an answer of the server, or to it, has begun. */
  readonly note: (server: string, outcome: Outcome) => void
  /** The name of the server whose task this is. */
  readonly serverOf: (id: string) => string | undefined
  /** A list of tasks without those that are not of this server. */
  readonly only: (server: string, outcome: Outcome) => Outcome
}

/** The oldest is forgotten first. */
const MAX_KNOWN = 10_000

export function createServerTasks(): ServerTasks {
  const servers = new Map<string, string>()
  return {
    serverOf: (id) => servers.get(id),
    only(server, outcome) {
      if ('error' in outcome) return outcome
      const { tasks } = outcome.result
      const own = Array.isArray(tasks)
        ? tasks.filter((task) => servers.get(textIn(task, 'taskId') ?? '') === server)
        : []
      return { result: { ...outcome.result, tasks: own } }
    },
    note(server, outcome) {
      const id = 'result' in outcome ? taskIn(outcome.result) : undefined
      // The server that named it first keeps it.
      if (id === undefined || servers.has(id)) return
      servers.set(id, server)
      const [oldest] = servers.keys()
      if (servers.size > MAX_KNOWN && oldest !== undefined) servers.delete(oldest)
    },
  }
}

const taskIn = (result: JsonObject): string | undefined =>
  textIn(objectIn(result, 'task'), 'taskId') ?? (isTask(result) ? textIn(result, 'taskId') : undefined)
