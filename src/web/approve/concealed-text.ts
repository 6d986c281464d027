/**
 * Hidden characters and imitated words in a request, for a warning at the top of the page.
 *
 * In: a request. Out: one finding for each text that contains any.
 */
import type { JsonValue } from '@countersign/verifier'
import { alarmsIn } from '../../domain/action/hidden-characters.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'

export interface Finding {
  /** The argument's path, or the part of the request. Untrusted text itself. */
  readonly place: string
  readonly hidden: number
  readonly lookalikes: number
  /** The names of the characters, each once: `zero width space`. */
  readonly names: readonly string[]
}

export function concealedTextIn(request: ApprovalRequest): Finding[] {
  return textsOf(request).flatMap(([place, text]) => {
    const alarms = alarmsIn(text)
    if (alarms.length === 0) return []
    const hidden = alarms.filter((piece) => piece.kind === 'hidden').length
    const names = [...new Set(alarms.map((piece) => piece.name.toLowerCase()))]
    return [{ place, hidden, lookalikes: alarms.length - hidden, names }]
  })
}

type Placed = readonly [place: string, text: string]

function textsOf({ action, preview, reason, principal, catalogueEntry }: ApprovalRequest): Placed[] {
  const changes = preview?.content?.changes ?? []
  return [
    ...(action ? [['resource', action.resource] as const, ...textsIn(action.arguments, '')] : []),
    ...changes.map(({ label, before, after }) => ['the preview', [label, before, after].join('\n')] as const),
    ['the preview', preview?.content?.summary ?? ''],
    ['the reason', reason ?? ''],
    ['the principal', principal],
    ['the title', catalogueEntry.title ?? ''],
  ]
}

function textsIn(value: JsonValue, path: string): Placed[] {
  if (typeof value === 'string') return [[path, value]]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, member]) => {
    const inner = path === '' ? name : `${path}.${name}`
    return [[`the name ${inner}`, name] as const, ...textsIn(member, inner)]
  })
}
