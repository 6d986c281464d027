/**
 * The folder or file that a call of a tool is about. Each client reads a member of its own, and takes others without a
 * word: where several members name different places, nobody knows which one the client uses.
 */
import type { JsonObject, JsonValue } from '@countersign/verifier'

/** Members in which clients name the folder of a command. */
export const FOLDERS = ['workdir', 'cwd', 'directory', 'dir_path']
/** Members in which they name a file. */
export const PATHS = ['file_path', 'absolute_path', 'path', 'notebook_path', 'target_file', 'filePath', 'dir_path']

/** The place that these members name, else the client's folder. Undefined where they name several, or what is no text. */
export function placeOf(input: JsonObject, names: readonly string[], cwd: string): string | undefined {
  const given = valuesOf(input, names)
  if (!given.every((value) => typeof value === 'string')) return undefined
  const [place = absolute(cwd, ''), ...others] = new Set(given.map((path) => absolute(cwd, path)))
  return others.length === 0 ? place : undefined
}

/** Whether the patterns in these members select nothing outside of the place. */
export function staysBelow(place: string, input: JsonObject, names: readonly string[]): boolean {
  const below = `${place}/`
  return valuesOf(input, names).every((value) => {
    if (typeof value !== 'string') return false
    return !REACHES_OUT.test(value.startsWith(below) ? value.slice(below.length) : value)
  })
}

/** The root, a home, a drive or the folder above, also as one of several alternatives. */
const REACHES_OUT = /(?:^|[{,(|\s])(?:[/\\~]|[A-Za-z]:)|\.\.|\$/

/** A list counts as its values, and null as nothing. */
const valuesOf = (input: JsonObject, names: readonly string[]): readonly JsonValue[] =>
  names.flatMap((name) => input[name] ?? [])

/** `/home/ada/shop` and `../a/./b.ts` are `/home/ada/a/b.ts`. A path of Windows stays as it is. */
export function absolute(cwd: string, path: string): string {
  if (/^[A-Za-z]:[\\/]/.test(path)) return path
  if (path === '' && /^[A-Za-z]:[\\/]/.test(cwd)) return cwd
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
