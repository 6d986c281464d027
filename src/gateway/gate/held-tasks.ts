/**
 * Calls that wait as tasks (SEP-2663), for clients that declared the extension: the client polls its task and finds the
 * result in it. A task is its agent's, and the same call while it waits is the same task. What a task waits for runs when
 * somebody looks at the task, and never by itself. A task is found again after a restart of the gateway, or at another
 * one of its state folder; a result is not.
 */
import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@countersign/verifier'
import type { Outcome } from '../message/json-rpc.ts'
import type { KeptTask, TaskFiles } from '../state/task-files.ts'
import type { HeldCall } from './held-calls.ts'

/** What its server asks of the client before it goes on. */
export interface TaskQuestion {
  /** As the server asked, by the keys that the client sees. */
  readonly requests: ReadonlyMap<string, { readonly key: string; readonly request: JsonObject }>
  readonly answers: Map<string, JsonObject>
  readonly requestState: string | undefined
}

export interface HeldTask {
  readonly id: string
  readonly key: string
  /** The call, as the client sent it. */
  readonly params: JsonObject
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** Cancels the call. */
  readonly controller: AbortController
  changedAt: number
  held: HeldCall
  /** Counts what the client was asked for: each question has a key of its own. */
  round: number
  /** Whether the client has answered to the link. */
  isLinkAnswered: boolean
  /** The step under way. */
  work: Promise<void> | undefined
  question: TaskQuestion | undefined
  /** The task that the server made of the call. */
  elsewhere: string | undefined
  ended: Outcome | 'cancelled' | undefined
}

export interface HeldTasks {
  /** The task of the call that waits under this key, which is kept. */
  readonly begin: (key: string, params: JsonObject, held: HeldCall) => Promise<HeldTask>
  readonly find: (id: string) => HeldTask | undefined
  /** The task that a gateway has kept, and this one does not know. */
  readonly kept: (id: string) => Promise<KeptTask | undefined>
  /** Goes on with a kept task. `params`: as they are sent now. */
  readonly restore: (task: KeptTask, params: JsonObject, held: HeldCall) => HeldTask
  /** Whether a task waits for the call under this key. */
  readonly waitsFor: (key: string) => boolean
  /** Notes the end; the task stays for a while. */
  readonly end: (task: HeldTask, how: Outcome | 'cancelled') => void
}

const PREFIX = 'countersign.task.'
const MAX_TASKS = 200
/** Characters of the calls and results of all tasks of an agent. */
const MAX_LENGTH = 64 * 1024 * 1024
/** How long a result is kept. */
const KEPT_MS = 3_600_000

/** Tasks of servers behind the gateway are theirs. */
export const isOwnTask = (id: unknown): id is string => typeof id === 'string' && id.startsWith(PREFIX)

export const taskEnd = ({ held }: Pick<HeldTask, 'held'>): number => held.request.expiresAt * 1000 + KEPT_MS

/** Of one agent. */
export function createHeldTasks(agent: string, files: TaskFiles, now: () => number = Date.now): HeldTasks {
  const tasks = new Map<string, { readonly task: HeldTask; length: number }>()
  let length = 0

  function drop(id: string): void {
    length -= tasks.get(id)?.length ?? 0
    tasks.delete(id)
  }

  /** Makes room: what is over first, then the oldest. */
  function sweep(): void {
    for (const [id, { task }] of tasks) if (taskEnd(task) < now()) drop(id)
    for (const id of tasks.keys()) if (tasks.size > MAX_TASKS || length > MAX_LENGTH) drop(id)
  }

  function weigh(task: HeldTask, more: unknown): void {
    const kept = tasks.get(task.id)
    if (!kept) return
    const added = JSON.stringify(more).length
    kept.length += added
    length += added
    sweep()
  }

  function add(task: HeldTask): HeldTask {
    tasks.set(task.id, { task, length: 0 })
    weigh(task, task.params)
    return task
  }

  /** Where it cannot be kept it is lost at a restart; its request is not. */
  async function keep(task: HeldTask): Promise<void> {
    const {
      id,
      key,
      createdAt,
      held,
      params: { _meta: _, ...params },
    } = task
    await files
      .keep({ id, agent, key, createdAt, endsAt: taskEnd(task), request: held.request, params })
      .catch(() => {})
  }

  const waitsUnder = (key: string): HeldTask | undefined =>
    [...tasks.values()].find(({ task }) => task.key === key && task.ended === undefined)?.task

  return {
    async begin(key, params, held) {
      const known = waitsUnder(key)
      const before = known?.held
      const id = `${PREFIX}${randomBytes(24).toString('base64url')}`
      const task = known ? renewed(known, held, now()) : add(newTask({ id, key, params, createdAt: now() }, held))
      if (task.held !== before) await keep(task)
      return task
    },
    kept: (id) => files.find(id, agent),
    restore: (task, params, held) => tasks.get(task.id)?.task ?? add(newTask({ ...task, params }, held)),
    waitsFor: (key) => waitsUnder(key) !== undefined,
    find(id) {
      sweep()
      return tasks.get(id)?.task
    },
    end(task, how) {
      task.ended = how
      task.changedAt = now()
      weigh(task, how)
      if (how === 'cancelled') void files.drop(task.id)
    },
  }
}

type Begun = Pick<HeldTask, 'id' | 'key' | 'params' | 'createdAt'>

const newTask = ({ id, key, params, createdAt }: Begun, held: HeldCall): HeldTask => ({
  ...{ id, key, params, held, createdAt, changedAt: createdAt, controller: new AbortController() },
  ...{ round: 0, isLinkAnswered: false, work: undefined, question: undefined },
  ...{ elsewhere: undefined, ended: undefined },
})

/** People are asked anew where the request is another. */
function renewed(task: HeldTask, held: HeldCall, now: number): HeldTask {
  if (task.held === held) return task
  task.held = held
  task.changedAt = now
  task.round++
  task.isLinkAnswered = false
  return task
}
