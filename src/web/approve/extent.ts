/** How much there is to read in a request, in words: `3 arguments, 4,213 characters in 40 lines; 2 changes`. */
import type { JsonValue } from '@countersign/verifier'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { lengthOf } from '../parts/untrusted-text.tsx'
import { count } from '../parts/wording.ts'

interface Extent {
  characters: number
  lines: number
}

export function extentOf({ action, preview, reason }: ApprovalRequest): string {
  const extent: Extent = { characters: 0, lines: 0 }
  if (action) {
    add(action.resource, extent)
    addAll(action.arguments, extent)
  }
  const changes = preview?.content?.changes ?? []
  for (const { label, before, after } of changes) for (const text of [label, before, after]) add(text, extent)
  for (const text of [preview?.content?.summary, reason]) add(text, extent)
  const members = count(Object.keys(action?.arguments ?? {}).length, 'argument')
  const changed = changesIn(preview)
  return `To read: ${members}, ${changed}, ${count(extent.characters, 'character')} in ${count(extent.lines, 'line')}`
}

/** Where there are words in place of changes, no number that reads as none. */
function changesIn(preview: ApprovalRequest['preview']): string {
  if (preview === null) return 'no preview'
  const { summary, changes = [] } = preview.content ?? {}
  return summary && changes.length === 0 ? 'a preview in words' : count(changes.length, 'change')
}

function add(text: string | null | undefined, extent: Extent): void {
  if (!text) return
  extent.characters += lengthOf(text)
  extent.lines += 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) extent.lines += 1
}

function addAll(value: JsonValue, extent: Extent): void {
  if (typeof value === 'string') add(value, extent)
  if (value === null || typeof value !== 'object') return
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(value)) extent.characters += lengthOf(name)
    addAll(member, extent)
  }
}
