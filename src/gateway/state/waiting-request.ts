import type { JsonObject } from '@countersign/verifier'
import { isPlainId } from './state-file.ts'

/** A request at the authority. */
export interface OpenRequest {
  readonly id: string
  /** The page where an approver answers. It carries no authority. */
  readonly url: string
  /** Epoch seconds. */
  readonly expiresAt: number
}

/** Undefined for another object. */
export function requestIn({ id, url, expiresAt }: JsonObject): OpenRequest | undefined {
  if (!isPlainId(id) || typeof url !== 'string' || typeof expiresAt !== 'number') return undefined
  return { id, url, expiresAt }
}
