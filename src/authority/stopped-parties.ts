/** Whether an active kill switch selects what is known of a call before its request is there. SPEC 9. */
import { type Selectable, selects } from '@countersign/verifier/authority'
import type { StopStore } from '../store/contract/stop-store.ts'

type Parties = Omit<Selectable, 'request' | 'trace'>

export async function areStopped(
  { store }: { readonly store: Pick<StopStore, 'killSwitches'> },
  parties: Parties,
): Promise<boolean> {
  const active = await store.killSwitches(0)
  return active.some(({ selector }) => selects(selector, { ...parties, request: undefined, trace: undefined }))
}
