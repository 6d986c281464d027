/**
 * Ordinary tools, for clients that know no way of waiting: `request_access` asks people about a call without making it,
 * `get_request_status` tells what became of a request, `withdraw_request` takes one back. None runs anything.
 */
import type { JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { executedBy, FATE_WORDS, fateOf, stepAfter } from '../gate/fate.ts'
import type { GatewayAgent } from '../gate/gateway-agent.ts'
import { WITHDRAW_REQUEST } from '../gate/take-back.ts'
import { CODES, failed, type Outcome, objectIn, textIn } from '../message/json-rpc.ts'

export const REQUEST_ACCESS = 'request_access'
export const GET_REQUEST_STATUS = 'get_request_status'

const ONE_REQUEST = {
  type: 'object',
  properties: { request: { type: 'string', description: 'The id of the request' } },
  required: ['request'],
  additionalProperties: false,
}

const HINTS = { readOnlyHint: false, destructiveHint: false, openWorldHint: false }

/** As `tools/list` shows them. */
export const ACCESS_TOOLS: readonly JsonObject[] = [
  {
    name: REQUEST_ACCESS,
    title: 'Ask for approval of a tool call',
    description:
      'Asks people to approve one exact call of another tool, without making it. Make exactly the same call once it is approved.',
    inputSchema: {
      type: 'object',
      properties: {
        tool: { type: 'string', description: 'The name of the tool' },
        arguments: { type: 'object', description: 'The arguments, exactly as they will be sent' },
      },
      required: ['tool', 'arguments'],
      additionalProperties: false,
    },
    annotations: HINTS,
  },
  {
    name: GET_REQUEST_STATUS,
    title: 'What became of a request for approval',
    description:
      'Tells whether a person has approved or denied a call, whether it ran and how it ended, and what to do next.',
    inputSchema: ONE_REQUEST,
    annotations: { ...HINTS, readOnlyHint: true },
  },
  {
    name: WITHDRAW_REQUEST,
    title: 'Take a request for approval back',
    description:
      'Takes back a request of yours that waits for a person and is not needed any more. It disappears from their inbox, and its call does not run.',
    inputSchema: ONE_REQUEST,
    annotations: { ...HINTS, idempotentHint: true },
  },
]

/** Tells of the agent's requests alone, and reaches no server. */
export const isOwnTool = (method: string, { name }: JsonObject): boolean =>
  method === 'tools/call' && (name === GET_REQUEST_STATUS || name === WITHDRAW_REQUEST)

export async function requestStatus(agent: GatewayAgent, params: JsonObject): Promise<Outcome> {
  const id = textIn(objectIn(params, 'arguments'), 'request')
  if (id === undefined) return failed(CODES.invalidParams, 'request has to be the id of a request.')
  const answer = await agent.authority.call('viewRequest', { params: { id } })
  if (!answer.ok)
    return spoken(answer.problem.detail, { request: id, state: 'unknown', code: answer.problem.code }, true)
  const { state, approval_uri: url, expires_at: expiresAt, denial, policy_denied: refused } = answer.value
  const reason = denial?.reason ? ` In the approver’s words: “${denial.reason}”` : ''
  const fate = state === 'approved' ? await fateOf(agent, id) : 'unused'
  const facts = { request: id, state, url, expires_at: expiresAt }
  if (typeof fate !== 'string') return spoken(`${APPROVED} ${fate.detail}`, { ...facts, executed: 'unknown' }, true)
  const words = fate === 'unused' ? NEXT[state] : `It was approved. ${FATE_WORDS[fate]} ${stepAfter(fate)}`
  const outcome = fate === 'unused' ? {} : { outcome: fate === 'unsent' ? 'aborted' : fate }
  const now = refused === undefined ? '' : ` ${refused}`
  return spoken(`${words}${reason}${now}`, { ...facts, executed: executedBy(fate), ...outcome }, false)
}

const APPROVED = 'It was approved. Whether its call ran cannot be said now.'

/** The call that `request_access` asks about; a refusal that says what is expected. */
export function askedCall(given: JsonObject): { readonly refusal: Outcome } | { readonly call: JsonObject } {
  const { tool, arguments: args, ...others } = given
  const faults = [
    ...(typeof tool === 'string' ? [] : ['tool has to be the name of a tool']),
    ...(isJsonObject(args) ? [] : ['arguments has to be an object']),
    ...Object.keys(others).map((name) => `${name.slice(0, MOST_SIGNS)} is none of its arguments`),
  ]
  if (typeof tool === 'string' && isJsonObject(args) && faults.length === 0)
    return { call: { name: tool, arguments: args } }
  const words = `${REQUEST_ACCESS} takes { "tool": "…", "arguments": { … } }: the name of a tool, and the arguments of the call that you want to make. Here ${faults.slice(0, MOST_FAULTS).join('; ')}. Nobody was asked.`
  return { refusal: spoken(words, { status: 'invalid_request', executed: false }, true) }
}

const MOST_FAULTS = 5
const MOST_SIGNS = 60

export async function withdrawRequest({ authority }: GatewayAgent, params: JsonObject): Promise<Outcome> {
  const id = textIn(objectIn(params, 'arguments'), 'request')
  if (id === undefined) {
    const words = `${WITHDRAW_REQUEST} takes { "request": "…" }: the id of a request that waits. Nothing was withdrawn.`
    return spoken(words, { status: 'invalid_request' }, true)
  }
  const answer = await authority.call('withdrawRequest', { params: { id } })
  if (answer.ok || answer.problem.state === 'withdrawn')
    return spoken(NEXT.withdrawn, { request: id, state: 'withdrawn' }, false)
  const { detail, code, state = 'unknown' } = answer.problem
  return spoken(`${detail} Nothing was withdrawn.`, { request: id, state, code }, true)
}

type State = 'pending' | 'approved' | 'denied' | 'expired' | 'withdrawn' | 'stopped' | 'changed'

const NEXT: Readonly<Record<State, string>> = {
  pending: 'Nobody has answered yet. Ask again later, or make exactly the same call: it waits.',
  approved: 'It was approved, and its call has not been made. Make exactly the same call now: it runs once.',
  denied: 'An approver denied it. Nothing was executed. Do not ask for the same again.',
  expired: 'Nobody answered in time. Nothing was executed. Make the call again if it is still needed.',
  withdrawn: 'It was withdrawn. Nothing was executed.',
  stopped: 'It was stopped. Nothing was executed.',
  changed: 'An approver changed the call. Make the same call again: the changed one runs in its place.',
}

/** A result that people and programs can read. */
export const spoken = (text: string, structuredContent: JsonObject, isError: boolean): Outcome => ({
  result: { content: [{ type: 'text', text }], structuredContent, ...(isError ? { isError } : {}) },
})
