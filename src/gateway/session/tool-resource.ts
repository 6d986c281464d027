/** What a call of a tool acts upon: its rule's template, or the tool itself. `{path}` stands for an argument. */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { ruleFor } from '../config/tool-rules.ts'
import { CallRefused } from '../gate/tool-call.ts'
import type { ConfiguredUpstream } from './gateway-deps.ts'

/** Throws `CallRefused` where an argument in it is neither a text nor a number. One that is not given is empty. */
export function resourceOf(
  { name, rules }: Pick<ConfiguredUpstream, 'name' | 'rules'>,
  tool: string,
  args: JsonObject,
): string {
  const template = ruleFor(tool, rules)?.resource ?? `mcp:${name}/${tool}`
  return template.replace(/\{([^{}]+)\}/g, (_, member: string) =>
    textOf(member, Object.hasOwn(args, member) ? args[member] : undefined),
  )
}

function textOf(member: string, value: JsonValue | undefined): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (value === undefined || value === null) return ''
  throw new CallRefused({
    code: 'invalid_request',
    detail: `${member}: It names what the call acts upon, so it has to be a text or a number.`,
  })
}
