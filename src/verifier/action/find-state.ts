/**
 * `@countersign/verifier/state`: finds the state of files, of HTTP resources and of git references.
 *
 * What reads them is passed in, so that this file runs everywhere. An unknown state is an error: the guard then refuses.
 * What is not there has a state too, so that its creation can be approved. SPEC 4.5; RFC 9110 section 8.8.3.
 */
import { readBytes } from '../data/bytes.ts'
import { digestFrom, digestOf, sha256 } from '../data/digest.ts'

/** The state of what does not exist. No entity tag and no digest reads so. */
export const ABSENT = 'absent'

/**
 * The state of files: a digest of their paths and contents, in the order given. `readFile` as of `node:fs/promises`; a
 * rejection with the code `ENOENT` means that there is no such file. Reads them whole. Does not look at modes or owners.
 */
export async function fileState(
  paths: string | readonly string[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<string> {
  const listed = typeof paths === 'string' ? [paths] : paths
  return digestOf(await Promise.all(listed.map(async (path) => [path, await contentState(readFile(path))])))
}

async function contentState(reading: Promise<Uint8Array>): Promise<string> {
  try {
    return digestFrom(await sha256(new Uint8Array(await reading)))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ABSENT
    throw error
  }
}

/** Options of `httpState`. */
export type HttpStateOptions = {
  /** Default: the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>
  readonly headers?: Readonly<Record<string, string>>
  /** Longest body that is hashed, in bytes, where there is no strong entity tag. Default 1 MiB. */
  readonly maxBytes?: number
  /** Longest duration, in milliseconds. Default 5000. */
  readonly timeoutMs?: number
}

const STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/

/**
 * The state of an HTTP resource, by a GET that follows no redirect: its entity tag where that is strong, ready for
 * `If-Match`; else the digest of its body, since a weak tag may stand while bytes change; `absent` for 404 and 410.
 * Every other status is an error.
 */
export async function httpState(url: string, options: HttpStateOptions = {}): Promise<string> {
  const { fetch = globalThis.fetch, headers = {}, maxBytes = 1_048_576, timeoutMs = 5000 } = options
  const response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) })
  const tag = response.headers.get('etag') ?? ''
  if (response.status === 200 && !STRONG_ETAG.test(tag)) {
    return digestFrom(await sha256(await readBytes(response.body, maxBytes)))
  }
  await response.body?.cancel()
  if (response.status === 200) return tag
  if (response.status === 404 || response.status === 410) return ABSENT
  throw new Error(`The state of the resource is unknown: status ${response.status}`)
}

/**
 * The state of a git reference: the commit that it names now. `git` runs git in the repository with these arguments and
 * resolves to what it prints. Throws `TypeError` for a reference that git would take for an option.
 */
export async function gitState(reference: string, git: (args: readonly string[]) => Promise<string>): Promise<string> {
  if (!/^[^-\s][^\s:]*$/.test(reference))
    throw new TypeError('a reference begins with no hyphen and holds no space or colon')
  const commit = (await git(['rev-parse', '--verify', '--quiet', `${reference}^{commit}`])).trim()
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) throw new Error('The state of the reference is unknown')
  return commit
}
