/** The endpoints of the ledger: its entries, their proofs, and the log itself as C2SP tlog-tiles. SPEC 8. */
import { define } from '../endpoint.ts'
import * as s from './ledger-shapes.ts'

/** For auditors. */
const audited = { method: 'GET', callers: ['auditor'], session: 'auditor' } as const

export const ledgerEndpoints = define('ledger', {
  trace: {
    method: 'GET',
    path: '/traces/:trace',
    summary: 'The ledger entries of one trace, for its parties and for auditors',
    callers: ['agent', 'executor', 'operator', 'auditor'],
    session: 'any',
    tag: 'administration',
    response: s.TraceView,
    refusals: ['rate_limited', 'not_found'],
  },
  listEntries: {
    ...audited,
    path: '/ledger/entries',
    summary: 'Search entries of the ledger by their members, a page at a time',
    query: s.EntryQuery,
    response: s.EntriesPage,
  },
  tailEntries: {
    ...audited,
    path: '/ledger/tail',
    summary:
      'Follow entries as server-sent events, as they become provable: `entry`, and `position` every two seconds. Last-Event-ID, a leaf index, resumes where a stream ended',
    headers: ['Last-Event-ID'],
    query: s.TailQuery,
    produces: ['text/event-stream'],
    refusals: ['rate_limited'],
  },
  listUnproved: {
    ...audited,
    path: '/ledger/unproved',
    summary: 'Entries that are committed but not yet covered by a checkpoint, newest first',
    query: s.UnprovedQuery,
    response: s.UnprovedEntries,
  },
  exportEntries: {
    ...audited,
    path: '/ledger/export',
    summary:
      'Export entries as JSON Lines or CSV, oldest first, without a limit. Countersign-Entries has their number where it is quickly counted, Countersign-Indexed-Through the last leaf index that is covered while the search index is behind',
    query: s.ExportQuery,
    produces: ['application/jsonl', 'text/csv'],
  },
  activity: {
    ...audited,
    path: '/ledger/activity',
    summary: 'Count the entries of each type in each part of a span of time',
    query: s.ActivityQuery,
    response: s.ActivityView,
  },
  proof: {
    ...audited,
    path: '/ledger/proofs/:id',
    summary: 'Proof that an entry is in the log, as a .tlog-proof file; by leaf index, or by leaf hash (sha-256:…)',
    openIf: 'logPublic',
    produces: ['text/plain'],
    refusals: ['not_found'],
  },
  artifacts: {
    ...audited,
    path: '/ledger/artifacts',
    summary: 'The texts of tokens that were redeemed or have ended, in the order of the log',
    query: s.ArtifactsQuery,
    response: s.ArtifactsPage,
  },
  outcomes: {
    ...audited,
    path: '/ledger/outcomes/:trace',
    summary: 'Outcome reports of one trace, until they are erased',
    response: s.ReportedOutcomes,
    refusals: ['not_found'],
  },
  ledgerKeys: {
    ...audited,
    path: '/ledger/keys',
    summary: 'Every key that has signed tokens here',
    response: s.LedgerKeys,
  },
  configuration: {
    ...audited,
    path: '/ledger/configuration',
    summary: 'What is in force as the database has it, and the approved changes that prove it, as JSON Lines',
    produces: ['application/jsonl'],
    refusals: [],
  },
  checkpoint: {
    ...audited,
    path: '/log/checkpoint',
    summary: 'The latest signed checkpoint (C2SP tlog-tiles)',
    openIf: 'logPublic',
    produces: ['text/plain'],
    refusals: ['not_found'],
  },
  tile: {
    ...audited,
    path: '/log/tile/:level/:index',
    summary: 'A tile of hashes, or a bundle of entries (C2SP tlog-tiles); the index in groups of three digits',
    openIf: 'logPublic',
    produces: ['application/octet-stream'],
    refusals: ['not_found'],
  },
})
