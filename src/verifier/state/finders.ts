/**
 * `@countersign/verifier/state`: finds the state of files, of HTTP resources and of git references.
 *
 * The functions that read are passed in, so that this file runs everywhere. A state that cannot be read is an error, and
 * the guard then refuses. What does not exist has a state too, so that its creation can be approved. SPEC 4.5.
 */
import { readBytes } from '../data/bytes.ts'
import { digestFrom, digestOf, sha256 } from '../data/digest.ts'

/** The state of what does not exist. No entity tag, digest or commit reads so. */
export const ABSENT = 'absent'

/**
 * The state of one or more files: a digest of their paths and contents, in the order given. Links are followed; modes
 * and owners do not count. `readFile` is that of `node:fs/promises`, or one like it: a rejection with the code `ENOENT`
 * means that there is no such file. Files are read whole: the choice among large ones is not for the caller of the guard.
 */
export async function fileState(
  paths: string | readonly string[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<string> {
  const listed = typeof paths === 'string' ? [paths] : paths
  return digestOf(await Promise.all(listed.map(async (path) => [path, await contentState(path, readFile)])))
}

const contentState = (path: string, readFile: (path: string) => Promise<Uint8Array>): Promise<string> =>
  absentOn('ENOENT', async () => digestFrom(await sha256(new Uint8Array(await readFile(path)))))

/** Options of `httpState`. */
export type HttpStateOptions = {
  /** Default: the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly headers?: Readonly<Record<string, string>>
  /** Maximum size of a body that is hashed, in bytes. Default 1 MiB. */
  readonly maxBytes?: number
  /** Maximum duration, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
}

/** RFC 9110 section 8.8.3, without `W/`. */
const STRONG_ETAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/

/**
 * The state of an HTTP resource, by a GET that follows no redirect and that caches must validate.
 *
 * A strong entity tag is the state, ready for `If-Match`. Otherwise it is the digest of the body: a weak tag may stay
 * the same while bytes change. 404 and 410 are `absent`. Every other status is an error, and so are a larger body and a
 * late answer.
 */
export async function httpState(url: string, options: HttpStateOptions = {}): Promise<string> {
  const { fetch = globalThis.fetch, headers, maxBytes = 1_048_576, timeoutMs = 5000 } = options
  const response = await fetch(url, {
    headers: { 'cache-control': 'no-cache', ...headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const tag = response.headers.get('etag') ?? ''
  if (response.status === 200 && !STRONG_ETAG.test(tag)) {
    return digestFrom(await sha256(await readBytes(response.body, maxBytes)))
  }
  await response.body?.cancel()
  if (response.status === 200) return tag
  if (response.status === 404 || response.status === 410) return ABSENT
  throw new Error(`the state of the resource is unknown: status ${response.status}`)
}

/** What git prints for the object ids of both of its hash functions. */
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * The state of a git reference: the commit that it names now. `git` runs git with these arguments in the repository, and
 * resolves to what that prints, or rejects with the exit status as `code` (as a promised `execFile` does). Full names
 * (`refs/heads/main`) are safe from a tag of the same name. Throws `TypeError` for what git would take for an option.
 */
export async function gitState(reference: string, git: (args: readonly string[]) => Promise<string>): Promise<string> {
  if (!/^[^-\s:][^\s:]*$/.test(reference)) throw new TypeError('a reference has no blank or colon, and no hyphen first')
  const commit = await absentOn(1, () => git(['rev-parse', '--verify', '--quiet', `${reference}^{commit}`]))
  if (commit === ABSENT || COMMIT.test(commit.trim())) return commit.trim()
  throw new Error('the state of the reference is unknown')
}

/** Runs `find`. An error with this code says that there is nothing. */
async function absentOn(code: string | number, find: () => Promise<string>): Promise<string> {
  try {
    return await find()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return ABSENT
    throw error
  }
}
