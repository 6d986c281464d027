/**
 * The rounds of a request, the first as its agent asked: who changed which arguments, and who signed each. Arguments are
 * masked as in its content, whatever was uncovered. SPEC 2.3, 5.2.
 */
import type { ApprovalRequest, RequestState } from '../../../domain/approval/approval-request.ts'
import { stateAt } from '../../../domain/approval/approval-request.ts'
import { maskedChanges } from '../../../domain/approval/masked-changes.ts'
import type { Consenter } from '../../../domain/approval/request-filter.ts'
import { type ChangedArgument, MAX_ROUNDS } from '../../../domain/approval/revision.ts'
import type { CatalogueEntry } from '../../../domain/identity/parties.ts'
import type { RequestStore, StoredConsent } from '../../../store/contract/request-store.ts'
import type { Uses } from '../../deps.ts'
import { type ReadNeeds, readableBy } from '../reader-scope.ts'
import type { Reader } from '../uncovering-record.ts'

export interface Round extends Pick<ApprovalRequest, 'id' | 'digest' | 'round' | 'createdAt' | 'changedBy'> {
  readonly state: RequestState
  /** From the round before; empty for the first, null once the arguments of either were erased. */
  readonly changes: readonly ChangedArgument[] | null
  readonly signed: readonly (Consenter & Pick<StoredConsent, 'givenAt'>)[]
}

export type RoundsNeeds = ReadNeeds & Uses<Pick<RequestStore, 'request' | 'consents'>, 'now'>

/** Those rounds that the reader may read. `entryOf`: the catalogue entry whose sensitive arguments are masked for them. */
export async function readRounds(
  deps: RoundsNeeds,
  reader: Reader,
  request: ApprovalRequest,
  entryOf: (request: ApprovalRequest) => CatalogueEntry,
): Promise<readonly Round[]> {
  const chain = await chainOf(deps.store, request)
  const readable = await readableBy(
    deps,
    reader,
    chain.map(({ id }) => id),
  )
  const rounds = chain.map(async (one, at): Promise<Round> => {
    const { id, digest, round, createdAt, changedBy } = one
    const signed = readable.has(id) ? await deps.store.consents(id) : []
    const changes = changesBetween(chain[at - 1], one, entryOf)
    return {
      id,
      digest,
      round,
      createdAt,
      changedBy,
      state: stateAt(one, deps.now()),
      changes,
      signed: signed.map(signer),
    }
  })
  return (await Promise.all(rounds)).filter(({ id }) => readable.has(id))
}

const signer = ({ approver, consent, givenAt }: StoredConsent) => ({
  approver,
  onBehalfOf: consent.on_behalf_of ?? null,
  givenAt,
})

function changesBetween(
  before: ApprovalRequest | undefined,
  after: ApprovalRequest,
  entryOf: (request: ApprovalRequest) => CatalogueEntry,
): Round['changes'] {
  if (after.changes === null) return []
  if (!before?.action || !after.action) return null
  return maskedChanges(before.action, after.action, [entryOf(before), entryOf(after)])
}

async function chainOf(store: Pick<RequestStore, 'request'>, request: ApprovalRequest) {
  const [before, after] = await Promise.all([
    follow(store, request, ({ changes }) => changes),
    follow(store, request, ({ changedTo }) => changedTo),
  ])
  return [...before.reverse(), request, ...after]
}

/** At most as many steps as a call is changed. */
async function follow(
  store: Pick<RequestStore, 'request'>,
  from: ApprovalRequest,
  next: (request: ApprovalRequest) => string | null,
): Promise<ApprovalRequest[]> {
  const found: ApprovalRequest[] = []
  for (let id = next(from); id !== null && found.length < MAX_ROUNDS; ) {
    const other = await store.request(id)
    if (!other) break
    found.push(other)
    id = next(other)
  }
  return found
}
