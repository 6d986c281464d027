/**
 * What was approved, for those who may list the request: the call, its preview, the reasons. What the catalogue calls
 * sensitive is masked, and with it the texts that may repeat it. SPEC 2.3.
 */
import { maskSensitive } from '../../domain/action/sensitive.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import { notFound } from '../refusals.ts'
import { findListed, type ListItem, type ListNeeds, type RequestList } from './list-requests.ts'

export interface RequestContent {
  /** Without what is masked: then preview and reasons are null too. `action` is null once erased. */
  readonly item: ListItem
  /** Paths of the arguments that are masked. */
  readonly masked: readonly string[]
  readonly names: RequestList['names']
}

/** Refuses `not_found`. */
export async function readContent(
  deps: ListNeeds,
  reader: Caller | Approver,
  id: string,
): Promise<Result<RequestContent>> {
  const found = await findListed(deps, reader, id)
  return found ? ok({ ...found, ...maskedItem(found.item) }) : notFound()
}

function maskedItem(item: ListItem): Pick<RequestContent, 'item' | 'masked'> {
  if (item.action === null) return { item, masked: [] }
  const { action, masked } = maskSensitive(item.action, item.catalogueEntry)
  if (masked.length === 0) return { item, masked }
  const texts = {
    preview: item.preview && { ...item.preview, content: null },
    reason: null,
    denial: item.denial && { ...item.denial, reason: null },
  }
  return { item: { ...item, action, ...texts }, masked }
}
