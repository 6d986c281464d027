/**
 * What was approved, for those who may list the request: the call, its preview, the reasons, its rounds. What the catalogue
 * calls sensitive is masked, and with it the texts that may repeat it, until the reader uncovers it; for operators all
 * arguments are. SPEC 2.3.
 */
import { hasSensitive } from '../../domain/action/sensitive.ts'
import type { ApprovalRequest } from '../../domain/approval/approval-request.ts'
import { describeRequest, maskRequest } from '../../domain/approval/request-words.ts'
import { type CatalogueEntry, isPerson } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { RepeatStore } from '../../store/contract/ledger-store.ts'
import type { Uses } from '../deps.ts'
import { notFound, tooMany } from '../refusals.ts'
import { findListed, type ListItem, type ListNeeds, type RequestList } from './list-requests.ts'
import { type Round, type RoundsNeeds, readRounds } from './revision/read-rounds.ts'
import { holderOf, isUncovered, type Reader, recordUncovering } from './uncovering-record.ts'
import { type UnfillableNeeds, unfillableAmong } from './unfillable.ts'
import { type Erasure, type ErasureNeeds, whoErased } from './who-erased.ts'

export interface RequestContent {
  /** Without what is masked: then preview and reasons are null too. `action` is null once erased. */
  readonly item: ListItem
  /** Paths of the arguments that are masked. */
  readonly masked: readonly string[]
  /** Paths of the sensitive arguments that this reader has uncovered. */
  readonly uncovered: readonly string[]
  readonly names: RequestList['names']
  readonly rounds: readonly Round[]
  /** Why nobody can fill its quorum now; null where it can be filled, or does not wait. */
  readonly unfillable: string | null
  /** By which order its texts were erased; null where they were not. */
  readonly erasure: Erasure | null
}

type ContentNeeds = ListNeeds & RoundsNeeds & UnfillableNeeds & ErasureNeeds & Uses<RepeatStore, 'now'>

/** Refuses `not_found`. */
export async function readContent(deps: ContentNeeds, reader: Reader, id: string): Promise<Result<RequestContent>> {
  const found = await findListed(deps, reader, id)
  if (!found) return notFound()
  const { item, masked } = maskedItem(found.item, reader)
  const shows = masked.length > 0 && (await isUncovered(deps, reader, id))
  const more = await moreOf(deps, reader, found.item)
  return ok({ ...found, ...more, ...(shows ? uncovered(found.item, masked) : { item, masked, uncovered: [] }) })
}

/**
 * The same without masks: the entry about it is committed first. Refuses `not_found`, `rate_limited`; where nothing is
 * masked, nothing is written.
 */
export async function uncoverContent(
  deps: ContentNeeds & Uses<RepeatStore, 'limits' | 'log'>,
  reader: Reader,
  id: string,
): Promise<Result<RequestContent>> {
  const waitSeconds = await deps.limits.take('approver', `${holderOf(reader)} uncovers`)
  if (waitSeconds !== null) return tooMany(waitSeconds)
  const found = await findListed(deps, reader, id)
  if (!found) return notFound()
  const { masked } = maskedItem(found.item, reader)
  const more = await moreOf(deps, reader, found.item)
  if (masked.length === 0) return ok({ ...found, ...more, masked, uncovered: [] })
  await recordUncovering(deps, reader, found.item, masked)
  return ok({ ...found, ...more, ...uncovered(found.item, masked) })
}

async function moreOf(deps: ContentNeeds, reader: Reader, item: ListItem) {
  const [rounds, unfillable, erasure] = await Promise.all([
    readRounds(deps, reader, item, (request) => entryFor(reader, request)),
    unfillableAmong(deps, [item]),
    item.action === null && !item.altered ? whoErased(deps, item.trace) : null,
  ])
  return { rounds, unfillable: unfillable.get(item.id) ?? null, erasure }
}

const isOperator = (reader: Reader): boolean => !isPerson(reader) && reader.kind === 'operator'

/** The catalogue entry by which arguments are masked for a reader. */
const entryFor = (reader: Reader, request: ApprovalRequest): CatalogueEntry =>
  isOperator(reader) ? { ...request.catalogueEntry, arguments: everyArgument(request) } : request.catalogueEntry

const everyArgument = ({ action, series }: ApprovalRequest) =>
  [action?.arguments ?? {}, series?.bounds?.arguments ?? {}]
    .flatMap((given) => Object.keys(given))
    .map((name) => ({ name, sensitive: true }))

const uncovered = (item: ListItem, paths: readonly string[]) => ({
  item: { ...item, sentence: describeRequest(item) },
  masked: [],
  uncovered: paths,
})

function maskedItem(item: ListItem, reader: Reader): Pick<RequestContent, 'item' | 'masked'> {
  const { request, masked } = maskRequest({ ...item, catalogueEntry: entryFor(reader, item) })
  // The other texts may repeat arguments that were altered, too.
  const isBlind = item.altered && item.action === null && hasSensitive(item.catalogueEntry)
  if (masked.length === 0 && !isBlind && !isOperator(reader)) return { item, masked }
  const texts = {
    preview: item.preview && { ...item.preview, content: null },
    reason: null,
    denial: item.denial && { ...item.denial, reason: null },
  }
  return { item: { ...request, ...texts, catalogueEntry: item.catalogueEntry }, masked }
}
