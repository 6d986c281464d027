/** Tasks as they are sent: the one that a call became, and its state when the client asks (SEP-2663). */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { type HeldTask, taskEnd } from '../gate/held-tasks.ts'
import { authorizationOf } from '../gate/refused-result.ts'
import type { ClientClaims } from '../gate/tool-call.ts'
import { type Outcome, objectIn } from '../message/json-rpc.ts'
import { AUTHORIZATION } from '../message/own-meta.ts'

export const TASKS = 'io.modelcontextprotocol/tasks'
const POLL_MS = 1000

export const declaresTasks = ({ capabilities }: Pick<ClientClaims, 'capabilities'>): boolean =>
  isJsonObject(objectIn(capabilities, 'extensions')[TASKS])

export const showsLinks = ({ capabilities }: Pick<ClientClaims, 'capabilities'>): boolean =>
  isJsonObject(objectIn(capabilities, 'elicitation')['url'])

export const createdTask = (task: HeldTask): Outcome => ({
  result: {
    resultType: 'task',
    ...factsOf(task),
    status: 'working',
    statusMessage: askWords(task),
    _meta: { [AUTHORIZATION]: authorizationOf('available', task.held.request, task.id) },
  },
})

/** `client`: who asks now. `stop`: what stops the call, which waits. */
export const detailedTask = (task: HeldTask, client: ClientClaims, stop?: { readonly detail: string }): Outcome => ({
  result: {
    resultType: 'complete',
    ...factsOf(task),
    ...(stop ? { status: 'working', statusMessage: stop.detail } : stateOf(task, client)),
  },
})

const factsOf = (task: HeldTask): JsonObject => ({
  taskId: task.id,
  createdAt: new Date(task.createdAt).toISOString(),
  lastUpdatedAt: new Date(task.changedAt).toISOString(),
  ttlMs: taskEnd(task) - task.createdAt,
  pollIntervalMs: POLL_MS,
})

function stateOf(task: HeldTask, client: ClientClaims): JsonObject {
  const { ended, question } = task
  if (ended === 'cancelled') return { status: 'cancelled', statusMessage: 'The call was taken back.' }
  if (ended) return endOf(ended)
  const asked = question ? requestsOf(question) : linkOf(task, client)
  if (asked) return { status: 'input_required', statusMessage: askWords(task), inputRequests: asked }
  return { status: 'working', statusMessage: task.held.run ? 'It was approved, and runs.' : askWords(task) }
}

const endOf = (outcome: Outcome): JsonObject =>
  'error' in outcome
    ? { status: 'failed', statusMessage: outcome.error.message, error: { ...outcome.error } }
    : { status: 'completed', result: { resultType: 'complete', ...outcome.result } }

/** The key of the link, which is asked for once. */
export const linkKey = ({ round }: HeldTask): string => `approval-${round}`

function linkOf(task: HeldTask, client: ClientClaims): JsonObject | undefined {
  if (task.isLinkAnswered || task.held.run || !showsLinks(client)) return undefined
  const { url } = task.held.request
  const params = { mode: 'url', message: 'A person has to approve this call. Open the page to see it.', url }
  return { [linkKey(task)]: { method: 'elicitation/create', params } }
}

const requestsOf = ({ requests, answers }: NonNullable<HeldTask['question']>): JsonObject =>
  Object.fromEntries([...requests].flatMap(([key, { request }]) => (answers.has(key) ? [] : [[key, request]])))

const askWords = ({ held, question }: HeldTask): string =>
  question ? 'The server asks for something.' : `A person has to approve this call: ${held.request.url}`
