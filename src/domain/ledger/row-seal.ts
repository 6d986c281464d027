/**
 * The seal of a row that no person consents to word for word, such as the hash of a credential: a signature of the log's
 * key, which is kept outside the database. The entry of the row carries it as `seal`. Who may make the row is decided
 * elsewhere. SPEC 10.4.
 */
import { digestOf, type JsonObject } from '@countersign/verifier'
import { type NoteKey, ProofError, sealDigest, verifySeal } from '@countersign/verifier/proof'
import { type LogKey, together } from './log-key.ts'

export interface SealableRow {
  readonly kind: string
  readonly id: string
  readonly content: object | null
}

/** What the seal of `group.synced` covers: all of it that is not of every entry. */
export const membershipRow = ({ seal: _, ...content }: JsonObject): SealableRow => ({
  kind: 'membership',
  id: String(content['group'] ?? ''),
  content,
})

/** A request as it was opened: the digests of its record and of its texts. */
export const requestRow = (id: string, record: string, payloads: readonly string[]): SealableRow => ({
  kind: 'request',
  id,
  content: { record, payloads },
})

/** What a person would change about a request. */
export const revisionRow = (former: string, approver: string, revised: object): SealableRow => ({
  kind: 'revision',
  id: former,
  content: { approver, revised },
})

/** Of what its JSON carries. */
const digestOfRow = ({ kind, id, content }: SealableRow): Promise<string> =>
  digestOf(JSON.parse(JSON.stringify({ kind, id, content })))

/** One signature line for each key of the log, so that the seal outlives a change of key. */
export const sealRow = async (key: LogKey, row: SealableRow): Promise<string> =>
  sealDigest(
    await digestOfRow(row),
    together(key).map(({ signer }) => signer),
  )

/** How many of these keys of one log sealed exactly this row. */
export async function sealedBy(keys: readonly NoteKey[], row: SealableRow, seal: string): Promise<number> {
  try {
    return (await verifySeal(await digestOfRow(row), seal, keys)).length
  } catch (error) {
    if (error instanceof ProofError) return 0
    throw error
  }
}
