/**
 * The preview of a call, by a tool of the same server. It is judged by what the server says of its tools each time before
 * the server is asked: a preview that could be more than a look is none, and the call is refused.
 */
import type { JsonObject } from '@countersign/verifier'
import { otherTool, type PreviewRule, ruleFor } from '../config/tool-rules.ts'
import { NotPreviewed, type ToolPreview } from '../gate/tool-call.ts'
import { callFault, previewFault } from '../preview/judge-preview.ts'
import { createToolPreview } from '../preview/tool-preview.ts'
import type { Tool } from '../upstream/tool-entry.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { ConfiguredUpstream } from './gateway-deps.ts'
import type { SessionTools } from './session-tools.ts'

/** Shorter than a state may take, so that it is said what did not answer. */
const ANSWER_MS = 4000

interface Asked extends Pick<ConfiguredUpstream, 'name' | 'rules'> {
  readonly upstream: Upstream
  readonly tools: SessionTools
}

/** `era`: the members of a request that say which protocol it is. */
export function callPreview(server: Asked, tool: string, era: JsonObject): ToolPreview | undefined {
  const rule = ruleFor(tool, server.rules)?.preview
  if (!rule) return undefined
  const preview = createToolPreview(rule, {
    tool,
    read: (name, args) =>
      server.upstream.request(
        'tools/call',
        { ...era, name, arguments: args },
        { isRead: true, signal: AbortSignal.timeout(ANSWER_MS) },
      ),
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

/** Throws `NotPreviewed`. */
async function judge(server: Asked, { rule, tool, era }: Previewed, args: JsonObject): Promise<void> {
  const inForce = new Map<string, Tool>()
  for (const name of [tool, otherTool(rule)?.tool ?? tool]) {
    const found = await server.tools.find(name, era)
    if (found) inForce.set(name, found)
  }
  const called = inForce.get(tool)
  if (!called) throw new NotPreviewed({ code: 'state_unknown', detail: NOT_IN_FORCE })
  const fault = previewFault({ ...server, tools: (name) => inForce.get(name) }, called)
  if (fault !== undefined) throw new NotPreviewed({ code: 'state_unknown', detail: faultWords(fault), isLasting: true })
  const conflict = callFault(rule, called, args)
  if (conflict !== undefined) throw new NotPreviewed({ code: 'invalid_request', detail: conflict })
}

const NOT_IN_FORCE = 'What its server says of the tool has not been approved.'
const faultWords = (fault: string): string =>
  `The gateway cannot show what this call would change, as it is configured. ${fault} Tell the person who operates it.`
