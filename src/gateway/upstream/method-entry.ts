/**
 * The entries of methods in the gateway's catalogue: reading a resource or a prompt of a server is an action as the call
 * of a tool is, named after its method. A tool of such a name is left out. SPEC 14.
 */
import { type Digest, digestOf, type JsonObject } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ToolRules } from '../config/tool-rules.ts'
import { objectIn } from '../message/json-rpc.ts'
import { JUDGED_METHODS, type JudgedMethod } from '../message/methods.ts'
import { actionName, type ToolEntry } from './tool-entry.ts'

/** Those that a server has by what it declares. From 2026-07-28 on all changes are told by `subscriptions/listen`. */
export function methodsOf(capabilities: JsonObject, isStateless: boolean): readonly JudgedMethod[] {
  const { resources, prompts, completions } = capabilities
  const has: Readonly<Record<JudgedMethod, boolean>> = {
    'resources/read': isJsonObject(resources),
    'resources/subscribe': objectIn(capabilities, 'resources')['subscribe'] === true,
    'prompts/get': isJsonObject(prompts),
    'completion/complete': isJsonObject(completions),
    'subscriptions/listen': isStateless,
  }
  return JUDGED_METHODS.filter((method) => has[method])
}

/** A read, where no rule of exactly this name says otherwise. */
export const methodEntry = async (upstream: string, method: JudgedMethod, rules: ToolRules): Promise<ToolEntry> => ({
  name: actionName(upstream, method),
  effect: rules[method]?.effect ?? 'read',
  title: `${TITLES[method]} (${upstream})`,
  pin: await methodPin(method),
})

const TITLES: Readonly<Record<JudgedMethod, string>> = {
  'resources/read': 'Read a resource',
  'resources/subscribe': 'Follow a resource',
  'prompts/get': 'Get a prompt',
  'completion/complete': 'Complete an argument of a prompt or resource',
  'subscriptions/listen': 'Follow changes',
}

export const methodPin = (method: JudgedMethod): Promise<Digest> =>
  digestOf({ typ: 'countersign/mcp-method/v1', method })
