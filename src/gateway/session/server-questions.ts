/**
 * What servers ask of a client: each question has an id and a progress token of the gateway's own, and is answered once.
 * A task that the client makes of a question is of the server that asked it, and no other server hears of it.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { createServerTasks } from '../gate/server-tasks.ts'
import {
  CODES,
  failed,
  type Id,
  type Message,
  notification,
  type Outcome,
  objectIn,
  textIn,
} from '../message/json-rpc.ts'
import { LIST_TASKS, upstreamMayCall } from '../message/methods.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Telling } from './telling.ts'

export interface ServerQuestions {
  readonly ask: (upstream: Upstream, id: Id, method: string, params: JsonObject) => void
  /** A server takes a question back. */
  readonly withdraw: (upstream: Upstream, params: JsonObject) => void
  /** The server is gone: its questions wait no more. */
  readonly drop: (upstream: Upstream) => void
  readonly answered: (id: Id | null, outcome: Outcome) => void
  /** The client tells progress of a question. */
  readonly progressed: (notice: JsonObject) => void
  /** The client tells what became of a task. */
  readonly taskChanged: (notice: JsonObject) => void
}

interface QuestionDeps {
  readonly toClient: (message: Message) => void
  readonly telling: Telling
  readonly toServers: Telling
  /** The parameters as they are passed on; undefined where they are not. */
  readonly screened: (upstream: string, method: string, params: JsonObject) => JsonObject | undefined
}

interface Question {
  readonly upstream: Upstream
  readonly id: Id
  readonly method: string
  /** Under which the server hears of progress. */
  readonly token: JsonValue | undefined
}

const MAX_ASKED = 256
/** Characters of the reason for which a server takes a question back. */
const MAX_REASON = 1000

export function createServerQuestions({ toClient, telling, toServers, screened }: QuestionDeps): ServerQuestions {
  /** Those that the client has not answered. */
  const asked = new Map<Id, Question>()
  const askers = new Map<string, Upstream>()
  const tasks = createServerTasks()
  let lastAsked = 0

  const askerOf = (params: JsonObject) => tasks.serverOf(textIn(params, 'taskId') ?? '')

  function dropOne(own: Id, reason?: string): void {
    asked.delete(own)
    const params = { requestId: own, ...(reason === undefined ? {} : { reason }) }
    telling.tell(() => toClient(notification('notifications/cancelled', params)))
  }

  return {
    ask(upstream, id, method, params) {
      if (method === 'ping') return upstream.answer(id, { result: {} })
      const passed = upstreamMayCall(method) ? screened(upstream.name, method, params) : undefined
      const refuse = () =>
        upstream.answer(id, failed(CODES.unknownMethod, `${method} is not passed on to this client.`))
      if (!passed || asked.size >= MAX_ASKED) return refuse()
      if (isAboutTask(method) && askerOf(params) !== upstream.name) return upstream.answer(id, NO_TASK)
      telling.tell(() => {
        const own = ++lastAsked
        const { progressToken: token } = objectIn(params, '_meta')
        asked.set(own, { upstream, id, method, token })
        toClient({ kind: 'request', id: own, method, params: token === undefined ? passed : withToken(passed, own) })
      }, refuse)
    },
    withdraw(upstream, params) {
      const own = [...asked].find(([, one]) => one.upstream === upstream && one.id === params['requestId'])?.[0]
      if (own !== undefined) dropOne(own, textIn(params, 'reason')?.slice(0, MAX_REASON))
    },
    drop(upstream) {
      for (const [own, one] of asked) if (one.upstream === upstream) dropOne(own)
    },
    answered(id, outcome) {
      const question = id === null ? undefined : asked.get(id)
      if (id === null || !question) return
      asked.delete(id)
      const { upstream, id: theirs, method } = question
      askers.set(upstream.name, upstream)
      tasks.note(upstream.name, outcome)
      const answer = method === LIST_TASKS ? tasks.only(upstream.name, outcome) : outcome
      toServers.tell(
        () => upstream.answer(theirs, answer),
        () => upstream.answer(theirs, failed(CODES.internal, 'The client is not let in any more.')),
      )
    },
    progressed(notice) {
      const { progressToken: own } = notice
      const { upstream, token } = (typeof own === 'number' && asked.get(own)) || {}
      if (token !== undefined) upstream?.notify('notifications/progress', { ...notice, progressToken: token })
    },
    taskChanged(notice) {
      askers.get(askerOf(notice) ?? '')?.notify('notifications/tasks/status', notice)
    },
  }
}

const isAboutTask = (method: string): boolean => method.startsWith('tasks/') && method !== LIST_TASKS
const NO_TASK = failed(CODES.invalidParams, 'The client has made no such task of a request of this server.')

const withToken = (params: JsonObject, progressToken: Id): JsonObject => ({
  ...params,
  _meta: { ...objectIn(params, '_meta'), progressToken },
})
