/** The change that a call of a file tool would make, as its own arguments state it: the agent’s claim. */
import type { JsonObject, JsonValue, Preview, PreviewChange } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ToolCall } from './coding-call.ts'
import type { WorkstationAction } from './workstation.ts'

const MAX_TEXT = 24_000
const MAX_CHANGES = 50

/** Undefined where there is nothing to show, or too much. */
export function previewOf({ input }: ToolCall, { name, resource }: WorkstationAction): Preview | undefined {
  if (name !== 'file.edit' && name !== 'file.write') return undefined
  const edits = Array.isArray(input['edits']) ? input['edits'].filter(isJsonObject) : [input]
  const changes = edits.slice(0, MAX_CHANGES).flatMap((edit) => changeOf(label(resource), edit))
  const length = changes.reduce((sum, { before, after }) => sum + (before?.length ?? 0) + (after?.length ?? 0), 0)
  return changes.length === 0 || length > MAX_TEXT || edits.length > MAX_CHANGES ? undefined : { changes }
}

const label = (path: string): string => (path.length > 200 ? `…${path.slice(-199)}` : path) || 'file'

function changeOf(label: string, edit: JsonObject): readonly PreviewChange[] {
  const before = text(edit['old_string'] ?? edit['old_str'])
  const after = text(
    edit['new_string'] ?? edit['new_str'] ?? edit['content'] ?? edit['file_text'] ?? edit['new_source'],
  )
  return before === null && after === null ? [] : [{ label, before, after }]
}

const text = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null)
