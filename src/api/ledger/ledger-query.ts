/** Queries of the ledger: the members of an entry to search by, and how much to answer. SPEC 8. */
import { z } from 'zod'
import { nameOf } from '../../domain/identity/identifiers.ts'
import { digest, position, traceId, wholeNumber } from '../wire-fields.ts'

const searchText = nameOf(256)

const EntryMembers = z.strictObject({
  type: searchText.optional(),
  trace: traceId.optional(),
  agent: searchText.optional(),
  principal: searchText.optional(),
  approver: searchText.optional(),
  executor: searchText.optional(),
  name: searchText.optional().meta({ description: 'Name of the action' }),
  action: digest.optional(),
  resource: z
    .string()
    .min(1)
    .max(2048)
    .optional()
    .meta({ description: 'As it was in the action; found until its payload is erased' }),
  outcome: z.enum(['succeeded', 'failed', 'aborted']).optional(),
  origin: z.enum(['human', 'policy']).optional(),
  from: position.optional().meta({ description: 'Epoch seconds, included' }),
  to: position.optional().meta({ description: 'Epoch seconds, included' }),
  text: searchText.optional().meta({ description: 'Any whole id or name in the entry: a jti, a request, a trace' }),
  words: z
    .string()
    .max(256)
    .regex(/[\p{L}\p{N}]/u, 'at least one letter or digit')
    .optional()
    .meta({
      description: 'Beginnings of words that the arguments, preview or reason all have; found until these are erased',
    }),
})

export const EntryQuery = EntryMembers.extend({
  order: z.enum(['newest', 'oldest']).default('newest'),
  after: position.optional().meta({ description: 'The `next` of the page before' }),
  limit: wholeNumber(500).default(50),
})

export const ExportQuery = EntryMembers.extend({ format: z.enum(['jsonl', 'csv']).default('jsonl') })

export const TailQuery = EntryMembers.extend({
  after: position.optional().meta({ description: 'Leaf index to resume after, where no Last-Event-ID is sent' }),
})

export const UnprovedQuery = EntryMembers.extend({ limit: wholeNumber(500).default(50) })

export const ActivityQuery = z.strictObject({
  from: position,
  to: position,
  buckets: wholeNumber(1000).default(60),
})

export const ArtifactsQuery = z.strictObject({ after: position.optional(), limit: wholeNumber(500).default(100) })
