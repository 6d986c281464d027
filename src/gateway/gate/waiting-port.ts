/** The answer to a client whose call waits: the interface between the gate and the dialects. */
import type { Outcome } from '../message/json-rpc.ts'
import type { OpenRequest } from '../state/waiting-request.ts'
import type { HeldCall } from './held-calls.ts'
import type { ToolCall } from './tool-call.ts'

/** What they approved is not what there is now, or the approval was not used in time. */
export type Renewed = 'state_changed' | 'request_expired'

export interface Waiting {
  /** How long the call is held before the client is answered. */
  readonly holdMs: (call: ToolCall, key: string) => number
  /** `renewed`: why people are asked anew about what they had approved. */
  readonly answer: (call: ToolCall, one: HeldCall, key: string, renewed?: Renewed) => Promise<Outcome>
  /** The answer of an ordinary tool that asks about the call, and does not make it. */
  readonly tell: (call: ToolCall, request: OpenRequest) => Outcome
  /** The refusal of a call that repeats a state which is not its own; undefined where there is nothing to refuse. */
  readonly refuse: (call: ToolCall, key: string) => Outcome | undefined
  /** The request that the client comes back for. */
  readonly asked: (call: ToolCall, key: string) => OpenRequest | undefined
  /** People have answered: for a client that is told so. */
  readonly answered: (call: ToolCall, request: OpenRequest, key: string) => void
}
