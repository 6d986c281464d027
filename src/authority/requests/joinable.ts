/**
 * Which requests of a list one gesture can approve with others, as far as only their whole text tells: previews and reasons
 * are not in a list. Each is read once, for as long as nothing of it has changed, and not kept. SPEC 5.
 */
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { isConcealing } from '../../domain/approval/concealed-text.ts'
import { shownLength } from '../../domain/approval/shown-together.ts'
import { portions, TEXTS_AT_ONCE } from '../../domain/ledger/portions.ts'
import { othersTurn } from '../../domain/turns.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'

/** The length of each as a page shows it; null for what is approved by itself. */
const known = new WeakMap<ApprovalRequest, { readonly length: number | null }>()

/** The lengths by id, without altered requests and those whose text conceals something. */
export async function joinableAmong(
  store: Pick<RequestStore, 'request'>,
  requests: readonly ApprovalRequest[],
): Promise<ReadonlyMap<string, number>> {
  const fresh = requests.filter((request) => !known.has(request))
  for (const some of portions(fresh, () => 1, TEXTS_AT_ONCE)) {
    const read = await Promise.all(some.map(({ id }) => store.request(id)))
    for (const [place, request] of some.entries()) {
      await othersTurn()
      known.set(request, { length: lengthAmongOthers(read[place]) })
    }
  }
  return new Map(requests.flatMap((request) => pairOf(request.id, known.get(request)?.length ?? null)))
}

const pairOf = (id: string, length: number | null): readonly (readonly [string, number])[] =>
  length === null ? [] : [[id, length]]

const lengthAmongOthers = (whole: ApprovalRequest | undefined): number | null =>
  !whole || whole.altered || isConcealing(whole) ? null : shownLength(whole)
