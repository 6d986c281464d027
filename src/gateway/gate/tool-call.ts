/** A call of a tool, as the session hands it to the gate. */
import type { ActionCall, JsonObject, Preview } from '@countersign/verifier'
import type { Problem } from '../../client/client.ts'
import type { Outcome } from '../message/json-rpc.ts'
import type { GatewayAgent } from './gateway-agent.ts'

/** The reason of a signal that the client itself aborted. A client that is only gone may come back. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

/** Why a server does not say what a call would change, in its own words. */
export class PreviewRefused extends Error {
  override readonly name = 'PreviewRefused'
}

/** Why the gateway refuses a call by itself: nobody is asked, and nothing is sent. */
export class CallRefused extends Error {
  override readonly name = 'CallRefused'
  readonly problem: CallProblem

  constructor(problem: CallProblem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** `state_unwritable`: of the gateway alone. `isLasting`: the same call would be refused again. */
export interface CallProblem extends Omit<Problem, 'code'> {
  readonly code: Problem['code'] | 'state_unwritable'
  readonly isLasting?: true
}

/** What the client says of itself: claims, shown as such. */
export interface ClientClaims {
  readonly protocolVersion: string
  readonly capabilities: JsonObject
  /** Name and version. */
  readonly info: string
  /** The model that it runs, where it says so. */
  readonly model?: string | undefined
  /** The server behind the gateway, by its own name and version. */
  readonly server: string
}

/** What a call would change: found at its own server. Each rejects where that cannot be known. */
export interface ToolPreview {
  /** What the preview is computed from, as it is now. */
  readonly state: (args: JsonObject) => Promise<string>
  readonly preview: (args: JsonObject) => Promise<Preview>
  /** What really changed, once the call has been made. */
  readonly result: (outcome: Outcome, args: JsonObject) => Promise<Preview>
}

export interface ToolCall {
  readonly agent: GatewayAgent
  /** The call that is decided on: its arguments are those that were sent. */
  readonly action: ActionCall
  /** What it acts upon, with other arguments. */
  readonly resourceOf: (args: JsonObject) => string
  readonly upstream: string
  /** The name of the tool at its server. */
  readonly tool: string
  readonly definition: JsonObject
  /** It changes nothing, whether or not people approve it. */
  readonly isRead: boolean
  /** As the client sent them. */
  readonly params: JsonObject
  readonly client: ClientClaims
  /** Aborts when the client cancels, or is gone. */
  readonly signal: AbortSignal
  /** Tells the client how the call goes, where it asked for that. */
  readonly progress: (message: string) => void
  /** Tells the client something; it may be gone. */
  readonly notify: (method: string, params: JsonObject) => void
  /** What would change, where the configuration says how that is found. */
  readonly preview: ToolPreview | undefined
  /** Looks whether the tool is still there as it was approved; the refusal where it is not, the problem where nobody knows. */
  readonly recheck: () => Promise<Outcome | Problem | undefined>
  /** Gets the server's credential for this call; a problem where there is none, and nothing may run. */
  readonly authorize: () => Promise<Problem | undefined>
  /** Makes the call at its server with these arguments, once it is authorized. `members`: of a follow-up. */
  readonly forward: (args: JsonObject, signal: AbortSignal, members?: JsonObject) => Promise<Outcome>
}
