/**
 * The transports of notifications, which each platform implements, and their two errors after which a retry cannot
 * succeed.
 */
import type { NotifyKeys } from './notify-keys.ts'

export interface PostResponse {
  readonly status: number
  readonly retryAfterSeconds?: number | undefined
  /** The body, where the call asked for it. */
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
 * Sends a POST to the public internet: follows no redirect, waits a bounded time, reads a body only with `read`. Rejects
 * with `TargetRefused`, or with the error that prevented an answer.
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
