/**
 * The ledger in the words of the wire.
 *
 * In: what `auditing` found. Out: what the schemas in this folder describe. Decides nothing.
 */
import { base64urlEncode } from '@countersign/verifier'
import type { z } from 'zod'
import type { Activity, Artifact, FoundEntry, Report, UnprovedEntry } from '../domain/ledger/found-entry.ts'
import type * as s from './schemas.ts'

export const entryView = (found: FoundEntry): z.input<typeof s.LedgerEntry> => ({
  index: found.index,
  ...unprovedView(found),
  approved_by: [...found.approvedBy],
  trace_outcome: found.ended,
})

export const unprovedView = ({ body, leaf }: UnprovedEntry) => ({
  leaf: `sha-256:${base64urlEncode(leaf)}`,
  entry: JSON.parse(body),
})

export function activityView(activity: {
  readonly from: number
  readonly seconds: number
  readonly counts: readonly Activity[]
}): z.input<typeof s.ActivityCounts> {
  const buckets = new Map<number, Record<string, number>>()
  for (const { bucket, type, count } of activity.counts) {
    buckets.set(bucket, { ...buckets.get(bucket), [type]: count })
  }
  const { from, seconds } = activity
  return {
    from,
    bucket_seconds: seconds,
    buckets: [...buckets].map(([bucket, counts]) => ({ at: from + bucket * seconds, counts })),
  }
}

export const artifactView = ({ claims, ...artifact }: Artifact) => ({ ...artifact, claims: claims && { ...claims } })

/** With the salt, so that whoever reads it can compute the digest again. */
export const reportView = ({ digest, content: text }: Report) => {
  const { salt, content } = JSON.parse(text)
  return { digest, salt, result: content.result, detail: content.detail }
}

interface KeyRow {
  readonly kid: string
  readonly alg: string
  readonly publicJwk: Readonly<Record<string, unknown>>
  readonly publishedAt: number
  readonly signsFrom: number
  readonly retiredAt: number | null
}

export const signingKeyView = (key: KeyRow): z.input<typeof s.LedgerKeys>['keys'][number] => ({
  kid: key.kid,
  alg: key.alg,
  public_jwk: { ...key.publicJwk },
  published_at: key.publishedAt,
  signs_from: key.signsFrom,
  retired_at: key.retiredAt,
})
