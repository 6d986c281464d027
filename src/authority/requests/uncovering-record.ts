/**
 * Records that a reader uncovered sensitive texts of a request. The record holds for ten minutes, in which the reader
 * sees them again; repeats are counted. SPEC 8.
 */
import { base64urlEncode, canonicalize, sha256 } from '@countersign/verifier'
import { type Approver, byMember, type Caller, isPerson } from '../../domain/identity/parties.ts'
import { partiesOf, requestEntry } from '../../domain/ledger/entry.ts'
import type { RepeatStore } from '../../store/contract/ledger-store.ts'
import type { Uses } from '../deps.ts'
import type { ListItem } from './list-requests.ts'

export type Reader = Caller | Approver

const STANDS_SECONDS = 600

/** Resolves once the entry is committed, or the repetition counted. */
export async function recordUncovering(
  { store, now: clock, log }: Uses<RepeatStore, 'now' | 'log'>,
  reader: Reader,
  item: ListItem,
  masked: readonly string[],
): Promise<void> {
  const now = clock()
  const until = now + STANDS_SECONDS
  const who = whoIs(reader)
  const members = { ...partiesOf(item), ...who, arguments: [...masked] }
  await store.noteFact({
    fact: { id: await factId(reader, item.id), type: 'payload.uncovered', trace: item.trace, members, since: now },
    until,
    entries: [await requestEntry(item, 'payload.uncovered', now, { ...who, arguments: [...masked], until })],
  })
  log.info('payload.uncovered', { trace: item.trace, request: item.id, ...who })
}

/** Whether this reader uncovered the request, and may still see it so. */
export const isUncovered = async (
  { store, now }: Uses<RepeatStore, 'now'>,
  reader: Reader,
  request: string,
): Promise<boolean> => store.factStands({ id: await factId(reader, request), now: now() })

const whoIs = (reader: Reader) =>
  isPerson(reader) ? byMember(reader) : { ...byMember(reader), credential: reader.credentialId }

export const holderOf = (reader: Reader): string => (isPerson(reader) ? reader.id : reader.credentialId)

const factId = async (reader: Reader, request: string): Promise<string> =>
  base64urlEncode(await sha256(canonicalize({ type: 'payload.uncovered', reader: holderOf(reader), request })))
