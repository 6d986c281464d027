/**
 * A log in a folder: the paths are those it is served under.
 *
 * In: a folder with `log/checkpoint`, `log/tile/…`, `ledger/artifacts.jsonl`, perhaps `ledger/artifacts-recent.jsonl`,
 * `ledger/keys.json` and `ledger/configuration.jsonl`. Out: a `LogSource`.
 */
import { createReadStream } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { type LogSource, linesOf, NotServedError, tileOrFull } from '../../audit/log/source.ts'

const CHUNK_BYTES = 1 << 20

export function folderSource(folder: string): LogSource {
  const read = (path: string) => readFile(join(folder, path)).catch(nullWhenMissing)
  const { texts, recent } = textFiles(folder)
  const pages = pagesOf([texts, recent])
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

/** The texts of tokens: those that none can be missing before, and those after them. */
export const textFiles = (folder: string) => ({
  texts: join(folder, 'ledger/artifacts.jsonl'),
  recent: join(folder, 'ledger/artifacts-recent.jsonl'),
})

/** Pages of files, which are read once and in order: a cursor is the number of lines before it. */
function pagesOf(files: readonly string[]) {
  let chunks: AsyncIterator<readonly string[]> | undefined
  return async (after: string | null) => {
    if (after === null) chunks = chunksOf(files)
    const next = await chunks?.next()
    if (!next || next.done) return { lines: [], next: null }
    return { lines: next.value, next: String(Number(after ?? 0) + next.value.length) }
  }
}

async function* chunksOf(files: readonly string[]): AsyncGenerator<readonly string[]> {
  for (const file of files) if (await exists(file)) yield* chunksIn(file)
}

/** As many lines at a time as a chunk of the file holds. */
async function* chunksIn(file: string): AsyncGenerator<readonly string[]> {
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

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error) => nullWhenMissing(error) !== null,
  )
