/** The methods that pass, by direction: everything else is refused, or dropped where nobody waits for an answer. */

/** From the client: 2025-11-25, the tasks extension, and 2026-07-28. */
const OF_CLIENTS: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'logging/setLevel',
  'subscriptions/listen',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/update',
  'tasks/cancel',
])

/** Those that send to a server what the agent chose, or get what the server has: each is judged as a call. */
export const JUDGED_METHODS = [
  'resources/read',
  'resources/subscribe',
  'prompts/get',
  'completion/complete',
  'subscriptions/listen',
] as const
export type JudgedMethod = (typeof JUDGED_METHODS)[number]

const NOTICES_OF_CLIENTS: ReadonlySet<string> = new Set([
  'notifications/initialized',
  'notifications/cancelled',
  'notifications/progress',
  'notifications/roots/list_changed',
  'notifications/tasks/status',
])

const OF_UPSTREAMS: ReadonlySet<string> = new Set([
  'ping',
  'roots/list',
  'sampling/createMessage',
  'elicitation/create',
  'tasks/get',
  'tasks/list',
  'tasks/result',
  'tasks/cancel',
])

const NOTICES_OF_UPSTREAMS: ReadonlySet<string> = new Set([
  'notifications/cancelled',
  'notifications/progress',
  'notifications/message',
  'notifications/resources/updated',
  'notifications/resources/list_changed',
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/elicitation/complete',
  'notifications/subscriptions/acknowledged',
  'notifications/tasks/status',
  'notifications/tasks',
])

export const LIST_TASKS = 'tasks/list'

export const isJudged = (method: string): method is JudgedMethod => JUDGED_METHODS.some((one) => one === method)
export const clientMayCall = (method: string): boolean => OF_CLIENTS.has(method)
export const clientMayNotify = (method: string): boolean => NOTICES_OF_CLIENTS.has(method)
export const upstreamMayCall = (method: string): boolean => OF_UPSTREAMS.has(method)
export const upstreamMayNotify = (method: string): boolean => NOTICES_OF_UPSTREAMS.has(method)
