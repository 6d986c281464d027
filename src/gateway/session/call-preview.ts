/**
 * The preview of a call, by a tool of the same server. It is judged by what the server says of its tools each time before
 * the server is asked: a preview that could be more than a look is none, and the call is refused.
 */
import { canonicalize, type JsonObject } from '@countersign/verifier'
import { otherTool, type PreviewRule, ruleFor } from '../config/tool-rules.ts'
import type { Gate } from '../gate/gate.ts'
import type { GatewayAgent } from '../gate/gateway-agent.ts'
import type { Decided } from '../gate/judge-call.ts'
import { type CallProblem, CallRefused, type ToolPreview } from '../gate/tool-call.ts'
import { callFault, previewFault } from '../preview/judge-preview.ts'
import { createToolPreview } from '../preview/tool-preview.ts'
import { actionName, type Tool } from '../upstream/tool-entry.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { ConfiguredUpstream } from './gateway-deps.ts'
import type { SessionTools } from './session-tools.ts'
import { resourceOf } from './tool-resource.ts'

/** Shorter than a state may take, so that it is said what did not answer. */
const ANSWER_MS = 4000

interface Asked extends Pick<ConfiguredUpstream, 'name' | 'rules'> {
  readonly upstream: Upstream
  readonly tools: SessionTools
}

interface Asking {
  readonly agent: GatewayAgent
  /** The members of a request that say which protocol it is. */
  readonly era: JsonObject
  readonly decide: Gate['decide']
}

export function callPreview(server: Asked, tool: string, { agent, era, decide }: Asking): ToolPreview | undefined {
  const rule = ruleFor(tool, server.rules)?.preview
  if (!rule) return undefined
  const allowed = new Set<string>()

  /** Another tool shows the agent, too, what it reads: policy has to let the agent call it at once. */
  async function mayCall(name: string, args: JsonObject, signal: AbortSignal): Promise<void> {
    const action = {
      name: actionName(server.name, name),
      resource: resourceOf(server, name, args),
      arguments: args,
    }
    const key = canonicalize(action)
    if (allowed.has(key)) return
    const decided = await decide({ agent, action, signal })
    if (decided !== 'allowed') throw new CallRefused(notAllowed(action.name, decided))
    allowed.add(key)
  }

  const preview = createToolPreview(rule, {
    tool,
    async read(name, args) {
      const signal = AbortSignal.timeout(ANSWER_MS)
      if (name !== tool) await mayCall(name, args, signal)
      return server.upstream.request('tools/call', { ...era, name, arguments: args }, { isRead: true, signal })
    },
  })

  return {
    ...preview,
    // The state comes before everything else.
    async state(args) {
      await judge(server, { rule, tool, era }, args)
      return preview.state(args)
    },
  }
}

interface Previewed {
  readonly rule: PreviewRule
  readonly tool: string
  readonly era: JsonObject
}

/** Throws `CallRefused`. */
async function judge(server: Asked, { rule, tool, era }: Previewed, args: JsonObject): Promise<void> {
  const inForce = new Map<string, Tool>()
  for (const name of [tool, otherTool(rule)?.tool ?? tool]) {
    const found = await server.tools.find(name, era)
    if (found) inForce.set(name, found)
  }
  const called = inForce.get(tool)
  if (!called) throw new CallRefused({ code: 'state_unknown', detail: NOT_IN_FORCE })
  const fault = previewFault({ ...server, tools: (name) => inForce.get(name) }, called)
  if (fault !== undefined) throw new CallRefused({ code: 'state_unknown', detail: faultWords(fault), isLasting: true })
  const conflict = callFault(rule, called, args)
  if (conflict !== undefined) throw new CallRefused({ code: 'invalid_request', detail: conflict })
}

const NOT_IN_FORCE = 'What its server says of the tool has not been approved.'
const faultWords = (fault: string): string =>
  `The gateway cannot show what this call would change, as it is configured. ${fault} Tell the person who operates it.`

function notAllowed(name: string, decided: Exclude<Decided, 'allowed'>): CallProblem {
  if (decided !== 'held' && decided.code !== 'policy_denied') return decided
  const why = decided === 'held' ? 'only once people approve it.' : `not at all. ${decided.detail}`
  return {
    code: 'policy_denied',
    detail: `The preview of this call calls ${name}, which policy lets this agent do ${why} ${NEXT}`,
  }
}

const NEXT =
  'Tell the person who operates the gateway: an admin has to permit that call in policy, or the preview has to be made otherwise.'
