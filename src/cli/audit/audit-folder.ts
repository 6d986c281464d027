/**
 * A log in a folder: the paths are those it is served under.
 *
 * In: a folder with `log/checkpoint`, `log/tile/…`, `ledger/artifacts.jsonl`, `ledger/keys.json` and
 * `ledger/configuration.jsonl`. Out: a `LogSource`.
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { type LogSource, linesOf, NotServedError, tileOrFull } from '../../audit/log/source.ts'

const CHUNK_BYTES = 1 << 20

export function folderSource(folder: string): LogSource {
  const read = (path: string) => readFile(join(folder, path)).catch(nullWhenMissing)
  const pages = pagesOf(join(folder, 'ledger/artifacts.jsonl'))
  return {
    name: folder,
    async checkpoint() {
      const bytes = await read('log/checkpoint')
      if (bytes === null)
        throw new NotServedError('not_found', `${folder} holds no log: there is no log/checkpoint in it.`)
      return bytes.toString()
    },
    tile: (address) => tileOrFull(address, (path) => read(`log/${path}`)),
    artifacts: (after) => pages(after),
    async keys() {
      const bytes = await read('ledger/keys.json')
      const set = bytes && (parseJson(bytes.toString()) as JsonObject)
      return Array.isArray(set?.['keys']) ? set['keys'] : []
    },
    async configuration() {
      const bytes = await read('ledger/configuration.jsonl')
      return bytes && linesOf(bytes.toString())
    },
    metadata: async () => null,
  }
}

/** Pages of one file, which is read once and in order: a cursor is the number of lines before it. */
function pagesOf(file: string) {
  let chunks: AsyncIterator<readonly string[]> | undefined
  return async (after: string | null) => {
    if (after === null) chunks = chunksOf(file)
    const next = (await chunks?.next().catch(nullWhenMissing)) ?? null
    if (next === null || next.done) return { lines: [], next: null }
    return { lines: next.value, next: String(Number(after ?? 0) + next.value.length) }
  }
}

/** As many lines at a time as a chunk of the file holds. */
async function* chunksOf(file: string): AsyncGenerator<readonly string[]> {
  let rest = ''
  for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: CHUNK_BYTES })) {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    yield lines.filter((line) => line !== '')
  }
  if (rest !== '') yield [rest]
}

/** For `catch`: a file that is not there is no error. */
export function nullWhenMissing(error: unknown): null {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null
  throw error
}
