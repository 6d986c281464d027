/**
 * A log in a folder: the paths are those it is served under.
 *
 * In: a folder with `log/checkpoint`, `log/tile/…`, `ledger/artifacts.jsonl`, `ledger/keys.json`. Out: a `LogSource`.
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { type LogSource, tileOrFull, UnreachableError } from '../../../audit/source.ts'

const PAGE = 500

export function folderSource(folder: string): LogSource {
  const read = (path: string) => readFile(join(folder, path)).catch(nullWhenMissing)
  const pages = pagesOf(join(folder, 'ledger/artifacts.jsonl'))
  return {
    name: folder,
    async checkpoint() {
      const bytes = await read('log/checkpoint')
      if (bytes === null) throw new UnreachableError(`${folder} holds no log: there is no log/checkpoint in it.`)
      return bytes.toString()
    },
    tile: (address) => tileOrFull(address, (path) => read(`log/${path}`)),
    artifacts: (after) => pages(after),
    async keys() {
      const bytes = await read('ledger/keys.json')
      const set = bytes && (parseJson(bytes.toString()) as JsonObject)
      return Array.isArray(set?.['keys']) ? set['keys'] : []
    },
    metadata: async () => null,
  }
}

/** Pages of one file, which is read once and in order: a cursor is the number of lines before it. */
function pagesOf(file: string) {
  let lines: AsyncIterator<string> | undefined
  return async (after: string | null) => {
    if (after === null) lines = createInterface({ input: createReadStream(file) })[Symbol.asyncIterator]()
    const page: string[] = []
    for (let next = await nextOf(lines); next !== null; next = await nextOf(lines)) {
      if (next !== '') page.push(next)
      if (page.length === PAGE) return { lines: page, next: String(Number(after ?? 0) + page.length) }
    }
    return { lines: page, next: null }
  }
}

async function nextOf(lines: AsyncIterator<string> | undefined): Promise<string | null> {
  try {
    const next = await lines?.next()
    return next === undefined || next.done ? null : next.value
  } catch (error) {
    return nullWhenMissing(error)
  }
}

/** For `catch`: a file that is not there is no error. */
export function nullWhenMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
  throw error
}
