/**
 * Reads the entries of one trace: the story of a request.
 *
 * In: the reader, the trace. Out: its entries in order. People with a role, operators and auditors read every trace;
 * agents and executors read those that they are a party to. SPEC 8.
 */

import { isPerson } from '../../domain/identity/initiator.ts'
import type { Approver, Caller } from '../../domain/identity/parties.ts'
import type { StoredEntry } from '../../domain/ledger/entry.ts'
import { ok, type Result } from '../../domain/refusal.ts'
import type { EntryStore } from '../../store/contract/ledger-store.ts'
import { notFound } from '../refusals.ts'

export async function readTrace(
  { store }: { readonly store: EntryStore },
  reader: Caller | Approver,
  trace: string,
): Promise<Result<readonly StoredEntry[]>> {
  const entries = await store.entriesOfTrace(trace)
  return entries.some(({ body }) => mayRead(reader, body)) ? ok(entries) : notFound()
}

function mayRead(reader: Caller | Approver, body: string): boolean {
  if (isPerson(reader)) return reader.roles.length > 0
  const { type, agent, executor } = JSON.parse(body)
  // A refused caller named a request that may not be its own.
  const isParty = type !== 'token.refused'
  if (reader.kind === 'agent') return isParty && agent === reader.agent.id
  if (reader.kind === 'executor') return isParty && executor === reader.executor.audience
  return true
}
