/**
 * `tasks/get`, `tasks/update` and `tasks/cancel` for the tasks that are calls which wait (SEP-2663). A task is looked for
 * among those of the client's agent; looking at one makes its call, once people have approved it.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { Gate } from '../gate/gate.ts'
import type { GatewayAgent } from '../gate/gateway-agent.ts'
import { type HeldTask, isOwnTask, type TaskQuestion } from '../gate/held-tasks.ts'
import { asError } from '../gate/refused-result.ts'
import type { ToolCall } from '../gate/tool-call.ts'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'
import { isTask } from '../message/unfinished.ts'
import { declaresTasks, detailedTask, linkKey, TASKS } from '../waiting/task-result.ts'
import { claimsOf } from './client-claims.ts'
import type { ClientRequest } from './client-request.ts'

export interface OwnTasks {
  /** Undefined for a request about no task of the gateway's own. */
  readonly handle: (request: ClientRequest) => Promise<Outcome> | undefined
}

interface TaskDeps {
  readonly agent: GatewayAgent
  readonly gate: Pick<Gate, 'pass' | 'goOn' | 'rejoin' | 'stopOf' | 'takeBack'>
  /** Makes the call of a tool out of a request. */
  readonly withTool: (request: ClientRequest, then: (call: ToolCall) => Promise<Outcome>) => Promise<Outcome>
  /** The answer where a bug prevents one. */
  readonly broken: (error: unknown) => Outcome
  /** Sends a request to the server of the tool. */
  readonly toServerOf: (tool: string, request: ClientRequest) => Promise<Outcome>
}

const MISSING_CAPABILITY = -32021
/** How long a look waits for a call that runs. */
const LOOK_MS = 1000

export function createOwnTasks({ agent, gate, withTool, toServerOf, broken }: TaskDeps): OwnTasks {
  async function handle(request: ClientRequest, id: string): Promise<Outcome> {
    if (!declaresTasks(claimsOf(request.params))) return UNDECLARED
    const task = agent.tasks.find(id) ?? (await restored(request, id))
    if (!('id' in task)) return task
    if (task.elsewhere !== undefined && task.ended === undefined) return elsewhere(request, task, task.elsewhere)
    switch (request.method) {
      case 'tasks/get':
        return get(request, task)
      case 'tasks/update':
        return update(request, task)
      case 'tasks/cancel':
        return cancel(task)
    }
    return failed(CODES.unknownMethod, `${request.method} is no method of tasks any more.`)
  }

  /** The task that a gateway has kept before; the answer where there is none, or it cannot be looked at now. */
  async function restored(request: ClientRequest, id: string): Promise<HeldTask | Outcome> {
    const kept = await agent.tasks.kept(id).catch(() => undefined)
    if (!kept) return failed(CODES.invalidParams, NO_TASK)
    const params = { ...kept.params, _meta: objectIn(request.params, '_meta') }
    let task: HeldTask | undefined
    const outcome = await withTool({ ...request, params }, async (call) => {
      const held = await gate.rejoin(call, kept.request)
      if ('code' in held) return failed(CODES.internal, `${held.detail} The task is as it was.`)
      task = agent.tasks.restore(kept, params, held)
      return DONE
    })
    return task ?? asError(outcome)
  }

  async function get(request: ClientRequest, task: HeldTask): Promise<Outcome> {
    goOn(request, task)
    if (task.work)
      await Promise.race([task.work, aborted(AbortSignal.any([request.signal, AbortSignal.timeout(LOOK_MS)]))])
    const waits = task.ended === undefined && !task.held.isAnswered
    return detailedTask(task, claimsOf(request.params), waits ? await gate.stopOf(agent, task) : undefined)
  }

  function goOn(request: ClientRequest, task: HeldTask): void {
    const { question, ended, held } = task
    if (ended !== undefined) return
    if (question && question.answers.size === question.requests.size) {
      task.question = undefined
      work(request, task, gate.pass, answersTo(question))
    } else if (!question && held.isAnswered) work(request, task, (call) => gate.goOn(call, task))
  }

  /** One step at a time. It goes on when the client of the look is gone. */
  function work(request: ClientRequest, task: HeldTask, step: (call: ToolCall) => Promise<Outcome>, more = {}): void {
    const { signal } = task.controller
    const made = { ...request, params: { ...task.params, ...more }, signal, progress: () => {} }
    task.work ??= withTool(made, step)
      .catch(broken)
      .then((outcome) => settle(task, outcome))
  }

  function settle(task: HeldTask, outcome: Outcome): void {
    task.work = undefined
    if (task.ended !== undefined) return
    const result = 'result' in outcome ? outcome.result : {}
    if (isTask(result)) {
      const id = textIn(result, 'taskId')
      if (id !== task.id) task.elsewhere = id
      return
    }
    task.question = result['resultType'] === 'input_required' ? questionIn(task, result) : undefined
    if (!task.question) agent.tasks.end(task, outcome)
  }

  function update(request: ClientRequest, task: HeldTask): Outcome {
    const given = objectIn(request.params, 'inputResponses')
    if (linkKey(task) in given) task.isLinkAnswered = true
    const { question } = task
    if (!question) return DONE
    for (const key of question.requests.keys()) {
      const answer = given[key]
      if (isJsonObject(answer)) question.answers.set(key, answer)
    }
    goOn(request, task)
    return DONE
  }

  async function cancel(task: HeldTask): Promise<Outcome> {
    if (task.ended !== undefined) return DONE
    const problem = await gate.takeBack(agent, task)
    if (problem) return failed(CODES.internal, `${problem.detail} The task is as it was.`)
    // A call that runs is cut off at its server, which says what became of it.
    task.controller.abort()
    if (!task.work) agent.tasks.end(task, 'cancelled')
    return DONE
  }

  /** The server has made a task of the call: it is asked, under the name of the gateway's. */
  async function elsewhere(request: ClientRequest, task: HeldTask, taskId: string): Promise<Outcome> {
    const params = { ...request.params, taskId }
    const outcome = await toServerOf(textIn(task.params, 'name') ?? '', { ...request, params })
    if ('error' in outcome || outcome.result['taskId'] === undefined) return outcome
    return { result: { ...outcome.result, taskId: task.id } }
  }

  return {
    handle(request) {
      const { taskId } = request.params
      return isOwnTask(taskId) && request.method.startsWith('tasks/') ? handle(request, taskId) : undefined
    },
  }
}

const DONE: Outcome = { result: { resultType: 'complete' } }
const NO_TASK =
  'There is no such task. Where its call still waits, make exactly the same call again: it is the same request.'
const UNDECLARED = failed(MISSING_CAPABILITY, 'Declare the tasks extension with each request about a task.', {
  requiredCapabilities: { extensions: { [TASKS]: {} } },
})

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

function questionIn(task: HeldTask, { inputRequests, requestState }: JsonObject): TaskQuestion {
  const round = ++task.round
  const asked = isJsonObject(inputRequests) ? Object.entries(inputRequests) : []
  const requests = asked.flatMap(([key, request]) =>
    isJsonObject(request) ? [[`${key}-${round}`, { key, request }] as const] : [],
  )
  return {
    requests: new Map(requests),
    answers: new Map(),
    requestState: typeof requestState === 'string' ? requestState : undefined,
  }
}

function answersTo({ requests, answers, requestState }: TaskQuestion): JsonObject {
  const pairs = [...requests].map(([shown, { key }]) => [key, answers.get(shown) ?? {}])
  return { inputResponses: Object.fromEntries(pairs), ...(requestState === undefined ? {} : { requestState }) }
}
