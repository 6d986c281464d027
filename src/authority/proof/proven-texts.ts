/**
 * Texts as the use cases see them: what is gone counts as erased where the log's key sealed its erasure, and as altered
 * else. The store's answer is the altered one. SPEC 8.1.
 */
import { type NoteKey, parseNoteKey } from '@countersign/verifier/proof'
import { asAltered } from '../../domain/approval/altered-columns.ts'
import { type ApprovalRequest, requestOfTrace } from '../../domain/approval/approval-request.ts'
import { digestFor } from '../../domain/approval/series.ts'
import { erasureCover } from '../../domain/ledger/erasure.ts'
import { noteKeysOf } from '../../domain/ledger/log-key.ts'
import { requestRow, sealedBy } from '../../domain/ledger/row-seal.ts'
import { oneByOne } from '../../domain/turns.ts'
import type { RequestListStore } from '../../store/contract/request-list-store.ts'
import type { RequestStore } from '../../store/contract/request-store.ts'
import type { SearchStore } from '../../store/contract/search-store.ts'
import type { ProofParts } from './proof-parts.ts'

type Verbs = Pick<RequestStore, 'request' | 'requestsById' | 'inbox' | 'grantsFor' | 'liveGrants'> &
  Pick<RequestListStore, 'listRequests'> &
  Pick<SearchStore, 'reports'>

/** The keys whose seals count: those that sign now, and those that they took the place of. */
function createKeys({ logKey, follower }: Pick<ProofParts, 'logKey' | 'follower'>): () => Promise<readonly NoteKey[]> {
  const parsed = new Map<string, Promise<NoteKey>>()
  return async () => {
    const former = follower.inForce.idsOf('logkey')
    for (const vkey of former) if (!parsed.has(vkey)) parsed.set(vkey, parseNoteKey(vkey))
    return [...noteKeysOf(logKey), ...(await Promise.all(parsed.values()))]
  }
}

/** Whether the stored call is the one that people sign the digest of; nothing speaks against one that is erased. */
async function isAsDigested({ action, audience, series, jkt, digest }: ApprovalRequest): Promise<boolean> {
  if (!action || (series && !series.bounds)) return true
  return (await digestFor(action, audience, series?.bounds ?? null, jkt)) === digest
}

/** Seals that hold are remembered, up to this number: no key of the log stops counting while the process runs. */
const MOST_HELD = 10_000

export function provenTexts(
  parts: Pick<ProofParts, 'store' | 'logKey' | 'follower'>,
  inbox: RequestStore['inbox'],
): Verbs {
  const { store } = parts
  const keys = createKeys(parts)

  const held = new Set<string>()

  async function isRecorded({ id, seal }: ApprovalRequest): Promise<boolean> {
    if (!seal) return false
    const claimed = JSON.stringify([id, seal])
    if (held.has(claimed)) return true
    const isSealed = (await sealedBy(await keys(), requestRow(id, seal.record, seal.payloads), seal.seal)) > 0
    if (held.size >= MOST_HELD) held.clear()
    if (isSealed) held.add(claimed)
    return isSealed
  }

  /** The store gives the same object again for as long as nothing that it was read from has changed. */
  const sound = new WeakSet<ApprovalRequest>()

  /** A list has hundreds, and a digest is made of a whole call. */
  const inOrder = oneByOne()

  async function isSound(request: ApprovalRequest): Promise<boolean> {
    if (sound.has(request)) return true
    const holds = await inOrder(async () => (await isRecorded(request)) && (await isAsDigested(request)))
    if (holds) sound.add(request)
    return holds
  }

  async function settled<Request extends ApprovalRequest | undefined>(request: Request): Promise<Request> {
    if (!request) return request
    if (!(await isSound(request))) return asAltered(request)
    if (!request.loss) return request
    const isErased = await erasureCover(await keys(), request.id, request.loss.erasures)
    return { ...request, altered: !request.loss.digests.every(isErased) }
  }
  const isSettled = (request: ApprovalRequest | undefined) => !request || (sound.has(request) && !request.loss)
  const all = async <Request extends ApprovalRequest | undefined>(list: readonly Request[]) =>
    list.every(isSettled) ? list : Promise.all(list.map(settled))

  return {
    request: async (id) => settled(await store.request(id)),
    requestsById: async (ids) => all(await store.requestsById(ids)),
    async inbox(input) {
      const page = await inbox(input)
      return { ...page, requests: await all(page.requests) }
    },
    grantsFor: async (input) => all(await store.grantsFor(input)),
    liveGrants: async (input) => all(await store.liveGrants(input)),
    async listRequests(listing) {
      const page = await store.listRequests(listing)
      return { ...page, requests: await all(page.requests) }
    },
    async reports(trace) {
      const reports = await store.reports(trace)
      if (reports.every(({ altered }) => !altered)) return reports
      const isErased = await erasureCover(await keys(), requestOfTrace(trace), await store.erasures(trace))
      return reports.map((report) => ({ ...report, altered: report.altered && !isErased(report.digest) }))
    },
  }
}
