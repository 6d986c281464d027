/**
 * The gateway's catalogue at the authority: publishes what the servers offer now, and tells which tools are in force.
 * A tool that nobody approved, or that is described otherwise than approved, is in quarantine until an admin consents.
 * A catalogue that cannot be read has no tool in force.
 */
import type { Digest } from '@countersign/verifier'
import type { Client } from '../../client/client.ts'
import { createCurrentReading } from '../current-reading.ts'
import type { Offer, ToolEntry } from './tool-entry.ts'

/** Where the admins are asked; null where everything is in force. */
export type Publication = { readonly approvalUri: string } | null

export interface PublishedTools {
  /** Throws `CatalogueRefused`. */
  readonly publish: (offers: readonly Offer[]) => Promise<Publication>
  /** Whether the catalogue in force has exactly this description of the action: as it was `since` then, or read again.
   * Milliseconds of `performance.now()`; default: a second ago. */
  readonly isInForce: (entry: Pick<ToolEntry, 'name' | 'pin'>, since?: number) => Promise<boolean>
  /** Whether the authority did not answer when the catalogue was read last. */
  readonly isAway: () => boolean
}

export class CatalogueRefused extends Error {
  override readonly name = 'CatalogueRefused'
}

/** How long the catalogue is believed. */
const BELIEVED_MS = 1000

export function createPublishedTools(executor: Client): PublishedTools {
  let inForce: ReadonlyMap<string, string | undefined> = new Map()
  let versions: ReadonlyMap<string, readonly Digest[]> = new Map()
  let isAway = false
  let readAt = Number.NEGATIVE_INFINITY

  const read = createCurrentReading(async (beganAt) => {
    const answer = await executor.call('ownCatalogue')
    isAway = !answer.ok
    if (!answer.ok) return
    readAt = beganAt
    inForce = new Map(answer.value.catalogue.map(({ name, pin }) => [name, pin]))
  })

  function isApproved({ name, pin }: Pick<ToolEntry, 'name' | 'pin'>): boolean {
    const approved = inForce.get(name)
    return approved === pin || (versions.get(approved ?? '')?.includes(pin) ?? false)
  }

  return {
    async isInForce(entry, since = performance.now() - BELIEVED_MS) {
      if (readAt < since) await read(since)
      return readAt >= since && isApproved(entry)
    },
    isAway: () => isAway,
    publish(offers) {
      versions = new Map(offers.flatMap((offer) => [...offer.versions]))
      const entries = offers.flatMap((offer) => offer.entries)
      return publish(executor, entries)
    },
  }
}

async function publish(executor: Client, entries: readonly ToolEntry[]): Promise<Publication> {
  const catalogue = entries.map(({ schema, ...entry }) => ({ ...entry, schema, undo: undefined }))
  const answer = await executor.call('publishCatalogue', { body: { catalogue } })
  if (!answer.ok) throw new CatalogueRefused(answer.problem.detail)
  const { request } = answer.value
  return request && { approvalUri: request.approval_uri }
}
