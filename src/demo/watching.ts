/** What an auditor sees of kill switches: which there are, who has felt one, whether it was released. SPEC 9. */

import { failureOf } from '../cli/exit.ts'
import type { Answer, Client } from '../client/client.ts'
import { eventually } from './eventually.ts'

export interface Watching {
  /** Those that stand, newest first, then those released. */
  readonly switches: () => Promise<readonly { readonly id: string; readonly released_at_ms: number | null }[]>
  /** The executor's word that a stop reached it; undefined where it does not come. */
  readonly confirmationBy: (id: string, executor: string, signal: AbortSignal) => Promise<Confirmation | undefined>
  readonly released: (id: string, withinSeconds: number, signal: AbortSignal) => Promise<boolean>
}

interface Confirmation {
  /** Epoch milliseconds, by the authority's clock. */
  readonly at_ms: number
  /** How many calls it cut off. */
  readonly aborted: number
}

const CONFIRMED_WITHIN_MS = 10_000

export function watching(client: Client): Watching {
  const view = async (id: string) => taken(await client.call('viewKillSwitch', { params: { id } }))
  return {
    switches: async () => taken(await client.call('listKillSwitches')).killswitches,
    confirmationBy: (id, executor, signal) =>
      eventually(
        async () => (await view(id)).confirmations.find((one) => one.executor === executor),
        CONFIRMED_WITHIN_MS,
        signal,
      ),
    released: async (id, withinSeconds, signal) =>
      (await eventually(async () => (await view(id)).released_at_ms ?? undefined, withinSeconds * 1000, signal)) !==
      undefined,
  }
}

function taken<T>(answer: Answer<T>): T {
  if (!answer.ok) throw failureOf(answer.problem)
  return answer.value
}
