/**
 * The transports that notifications leave by, as each platform provides them, and the two errors by which a transport
 * says that another attempt is of no use.
 */
import type { NotifyKeys } from './notify-keys.ts'

export interface PostResponse {
  readonly status: number
  readonly retryAfterSeconds?: number | undefined
  /** Of a call that reads it. */
  readonly text?: string
}

/** The target may not be reached: it is private, and the operator has not allowed that. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused'
}

export class MailRefused extends Error {
  override readonly name = 'MailRefused'
}

/**
 * Sends a POST to the public internet: follows no redirect, waits a bounded time, reads no body unless told how much of
 * it. Rejects with
 * `TargetRefused`, or with the error that prevented an answer.
 */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  read?: { readonly timeoutMs: number; readonly maxBytes: number },
) => Promise<PostResponse>

/** `id` is the same for each attempt. Rejects with `MailRefused` for good. */
export type SendMail = (mail: {
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
}) => Promise<void>

export interface Transports {
  readonly origin: string
  readonly keys: NotifyKeys
  readonly post: Post
  /** Null where no mail can be sent. */
  readonly mail: SendMail | null
}

/** The code of an error, not its message, which may quote the receiver or an address. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
