/** The keys under which calls of a session open requests: the same call again is the same request, until it ran. */
import { digestOf } from '@countersign/verifier'
import type { ToolCall } from '../../domain/coding/coding-call.ts'
import type { WorkstationAction } from '../../domain/coding/workstation.ts'

/** How often the same call can run in a session. */
export const MAX_TIMES = 32

/** One after another, for each time that the call runs. */
export async function hookKeys(
  { client, session }: ToolCall,
  { name, arguments: args }: WorkstationAction,
  audience: string,
): Promise<readonly string[]> {
  const digest = await digestOf({ client, session, audience, name, arguments: args })
  return Array.from({ length: MAX_TIMES }, (_, times) => `hook.${digest}.${times}`)
}
