/** A request of a client, on its way to a server. */
import type { JsonObject } from '@countersign/verifier'
import type { Id } from '../message/json-rpc.ts'

export interface ClientRequest {
  /** The request's id. */
  readonly about: Id
  readonly method: string
  readonly params: JsonObject
  readonly signal: AbortSignal
  readonly progress: (message: string) => void
  readonly notify: (method: string, params: JsonObject) => void
}
