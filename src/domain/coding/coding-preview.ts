/** The change that a call of a file tool would make, as its own arguments state it: the agent’s claim. */
import type { JsonObject, Preview, PreviewChange } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { ToolCall } from './coding-call.ts'
import type { WorkstationAction } from './workstation.ts'

const MAX_TEXT = 24_000
const MAX_CHANGES = 50

/** Undefined where there is nothing to show, or too much, or where it could be read in two ways. */
export function previewOf({ input }: ToolCall, { name, resource }: WorkstationAction): Preview | undefined {
  if (name !== 'file.edit' && name !== 'file.write') return undefined
  const listed = Array.isArray(input['edits']) ? input['edits'].filter(isJsonObject) : undefined
  const edits = listed ?? [input]
  const isPlain = edits.every(isOneChange) && (!listed || textsIn(input, [...BEFORE, ...AFTER]).length === 0)
  if (!isPlain) return undefined
  const changes = edits.slice(0, MAX_CHANGES).flatMap((edit) => changeOf(label(resource), edit))
  const length = changes.reduce((sum, { before, after }) => sum + (before?.length ?? 0) + (after?.length ?? 0), 0)
  return changes.length === 0 || length > MAX_TEXT || edits.length > MAX_CHANGES ? undefined : { changes }
}

function label(path: string): string {
  const signs = [...path]
  return (signs.length > 200 ? `…${signs.slice(-199).join('')}` : path) || 'file'
}

const BEFORE = ['old_string', 'old_str']
const AFTER = ['new_string', 'new_str', 'content', 'file_text', 'new_source']

function changeOf(label: string, edit: JsonObject): readonly PreviewChange[] {
  const [before = null] = textsIn(edit, BEFORE)
  const [after = null] = textsIn(edit, AFTER)
  return before === null && after === null ? [] : [{ label, before, after }]
}

/** Which of several texts the client takes is not known. */
const isOneChange = (edit: JsonObject): boolean => textsIn(edit, BEFORE).length <= 1 && textsIn(edit, AFTER).length <= 1

const textsIn = (edit: JsonObject, names: readonly string[]): readonly string[] => [
  ...new Set(names.map((name) => edit[name]).filter((value) => typeof value === 'string')),
]
