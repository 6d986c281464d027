/** One call of a tool by a coding agent, as its hook or its transcript reports it. */
import type { JsonObject } from '@countersign/verifier'

export const CLIENTS = ['claude-code', 'gemini', 'codex', 'cursor', 'copilot'] as const
export type CodingClient = (typeof CLIENTS)[number]

export const codingClient = (name: string): CodingClient | undefined => CLIENTS.find((client) => client === name)

export interface ToolCall {
  readonly client: CodingClient
  readonly tool: string
  readonly input: JsonObject
  /** Absolute path of the folder in which the client works. */
  readonly cwd: string
  readonly session: string
  /** Epoch seconds; null where it is not told. */
  readonly at: number | null
}
