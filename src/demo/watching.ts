/** An auditor's view of kill switches: the list, the confirmations of executors, the release. SPEC 9. */
import { unwrap } from '../cli/exit.ts'
import type { Client } from '../client/client.ts'
import { eventually } from './eventually.ts'

export interface SwitchWatch {
  /** Active ones, newest first, then those released. */
  readonly switches: () => Promise<readonly { readonly id: string; readonly released_at_ms: number | null }[]>
  /** The executor's confirmation of a stop; undefined where it does not come. */
  readonly confirmationBy: (id: string, executor: string, signal: AbortSignal) => Promise<Confirmation | undefined>
  readonly released: (id: string, withinSeconds: number, signal: AbortSignal) => Promise<boolean>
}

interface Confirmation {
  /** Epoch milliseconds, by the authority's clock. */
  readonly at_ms: number
  /** Calls that it cut off. */
  readonly aborted: number
}

const CONFIRMED_WITHIN_MS = 10_000

export function watchSwitches(client: Client): SwitchWatch {
  const view = async (id: string) => unwrap(await client.call('viewKillSwitch', { params: { id } }))
  return {
    switches: async () => unwrap(await client.call('listKillSwitches')).killswitches,
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
