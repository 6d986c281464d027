/** Files of the gateway's state folder, each written whole or not at all. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'

/** The state folder cannot be used now: what needs it is not done. */
export class StateUnusable extends Error {
  override readonly name = 'StateUnusable'
}

/** The gateway that writes. A file that is not whole yet bears its id, so that another can tell whose it is. */
export interface Writer {
  readonly id: string
  /** Is told where the folder cannot be used. */
  readonly failed: (error: unknown) => void
}

/** `flush`: it is on the disk once this resolves. Throws `StateUnusable`. */
export async function replaceFile(by: Writer, file: string, content: object, flush: boolean): Promise<void> {
  const made = `${file}.${by.id}`
  await usable(by, async () => {
    await writeFile(made, JSON.stringify(content), { mode: 0o600, flush })
    await rename(made, file)
  })
}

/** The object in the file, empty where it holds something else; undefined where there is none. Throws `StateUnusable`. */
export async function readObject(by: Writer, file: string): Promise<JsonObject | undefined> {
  const text = await usable(by, () => readFile(file, 'utf8').catch(unlessMissing))
  try {
    const value = text === undefined ? undefined : parseJson(text)
    return value === undefined || isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** An id that can stand in the name of a file, and in the path of a URL, as it is. */
export const isPlainId = (id: unknown): id is string => typeof id === 'string' && /^[\w-]{1,64}$/.test(id)

export async function usable<T>({ failed }: Pick<Writer, 'failed'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    failed(error)
    throw new StateUnusable(causeOf(error), { cause: error })
  }
}

export const isMissing = (error: unknown): boolean => causeOf(error) === 'ENOENT'

/** What failed, and the next step. */
export function unusableFolder(folder: string, error: unknown): string {
  const cause = causeOf(error)
  return `${folder} cannot be used (${cause}). ${NEXT[cause] ?? `Let this user write there, or ${ANOTHER}`}`
}

const ANOTHER = 'name another folder as state_dir.'
const NEXT: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room.',
  EROFS: `The disk is read-only: ${ANOTHER}`,
  EEXIST: `A file stands in its place: take it away, or ${ANOTHER}`,
  ENOTDIR: `A file stands in its way: take it away, or ${ANOTHER}`,
}

/** The system's code of an error of a file. */
export const causeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

function unlessMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error
}
