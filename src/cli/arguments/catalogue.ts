/** An executor's catalogue, from a file or from `--action` options, checked before anyone is asked to consent to it. */
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { CatalogueEntry } from '../../api/parties/party-shapes.ts'
import { usage } from '../exit.ts'
import { jsonFile } from './json-file.ts'

export function catalogueFrom(file: string | undefined, actions: readonly string[]): JsonObject[] {
  const listed = file === undefined ? [] : entriesOf(jsonFile(file), file)
  const entries = [...listed, ...actions.map(entryOf)]
  if (entries.length === 0) throw usage('The executor needs a catalogue: give --catalogue, or --action at least once.')
  return entries
}

function entriesOf(value: JsonValue, file: string): JsonObject[] {
  if (!Array.isArray(value)) throw usage(`${file} must be an array of { name, effect, reversible, title }.`)
  return value.map((entry: JsonValue, at) => {
    const parsed = CatalogueEntry.safeParse(entry)
    if (parsed.success) return plain(parsed.data)
    const [issue] = parsed.error.issues
    throw usage(`${file}: entry ${at + 1}: ${issue?.path.join('.')}: ${issue?.message}`)
  })
}

/** `forum.post:write` or `forum.delete_thread:destructive:irreversible`; a name may itself hold colons. */
function entryOf(text: string): JsonObject {
  const [, name, effect, irreversible] = /^(.+?):(read|write|destructive)(:irreversible)?$/.exec(text) ?? []
  const parsed = CatalogueEntry.safeParse({ name, effect, reversible: irreversible === undefined })
  if (parsed.success) return plain(parsed.data)
  throw usage(`--action ${text}: write it as name:read, name:write or name:destructive, with :irreversible if so.`)
}

const plain = ({ name, effect, reversible, title }: ReturnType<typeof CatalogueEntry.parse>): JsonObject => ({
  name,
  effect,
  reversible,
  ...(title === undefined ? {} : { title }),
})
