/**
 * The order to erase payloads: arguments, previews, reasons, reports and token texts, but not their entries. Its
 * preview counts what would be lost; the sweep executes a proven order. SPEC 8, 10.
 */
import * as z from 'zod'
import { plainText } from '../../domain/action/describe.ts'
import { describeRequest, maskRequest } from '../../domain/approval/request-words.ts'
import { erasureRow } from '../../domain/identity/configuration-rows.ts'
import { base64url22, principalId } from '../../domain/identity/identifiers.ts'
import { sealRow } from '../../domain/ledger/row-seal.ts'
import { ok, refuse } from '../../domain/refusal.ts'
import type { ErasureOrder } from '../../store/contract/ledger-store.ts'
import { newId } from '../new-id.ts'
import { type ChangeNeeds, DAY_SECONDS, ownChange } from './own-change.ts'

const EraseArguments = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('request'), request: base64url22 }),
  z.strictObject({ rule: z.literal('principal'), principal: principalId }),
  z.strictObject({ rule: z.literal('age'), older_than_days: z.int().min(1).max(36_500) }),
])
type Arguments = z.output<typeof EraseArguments>

export const erasePayloads = ownChange({
  name: 'countersign.payload.erase',
  title: 'Erase payloads',
  phrase:
    'Erase the payloads[ of the request {request}][ of the principal {principal}][ older than {older_than_days} days]',
  named: async ({ store }, args) =>
    args.rule === 'principal' ? ((await store.approver(args.principal))?.name ?? null) : null,
  effect: 'destructive',
  reversible: false,
  beforeFirstAdmin: false,
  arguments: EraseArguments,
  resource: (args) => `payloads:${args.rule}:${args.rule === 'age' ? args.older_than_days : subjectOf(args)}`,
  async preview(deps, args) {
    const changes = [{ label: 'What is lost', before: (await lossOf(deps, args)).join('\n'), after: KEPT }]
    return { changes }
  },
  async check({ store }, args) {
    if (args.rule !== 'request' || (await store.request(args.request))) return ok(true)
    return refuse('not_found', `There is no request ${args.request}.`)
  },
  async prepare({ logKey, now, randomBytes }, args, { request }) {
    // Its own approval names it.
    const id = request ?? newId(randomBytes)
    const order = { id, ...scopeOf(args, now()), request, next: 0 }
    const { rule, before, subject } = order
    // The instant follows from the approval, but nobody signed it.
    const seal = await sealRow(logKey, erasureRow(order))
    return ok({
      change: { kind: 'payload.erase', order },
      type: 'erasure.ordered',
      members: { order: id, rule, before, ...(subject === null ? {} : { subject }), seal },
      answer: { subject: subject ?? rule },
    })
  },
})

function subjectOf(args: Arguments): string | null {
  if (args.rule === 'request') return args.request
  return args.rule === 'principal' ? args.principal : null
}

const scopeOf = (args: Arguments, now: number): Pick<ErasureOrder, 'rule' | 'subject' | 'before'> => ({
  rule: args.rule,
  subject: subjectOf(args),
  before: args.rule === 'age' ? now - args.older_than_days * DAY_SECONDS : now + 1,
})

const KEPT = 'erased, for good; the entries of the ledger and their digests stay'
/** Beyond this the preview says that there are more. */
const MOST_COUNTED = 10_000

async function lossOf({ store, now }: ChangeNeeds, args: Arguments): Promise<readonly string[]> {
  const scope = scopeOf(args, now())
  const { requests, payloads } = await store.countErasable({ ...scope, limit: MOST_COUNTED })
  const counted = requests === MOST_COUNTED ? `the first ${requests} requests, and more` : `${requests} requests`
  const kinds = payloads.map(({ kind, count }) => `${WORDS[kind] ?? kind}: ${count}`)
  return [...(await sentenceOf(store, args)), `Of ${requests === 1 ? '1 request' : counted}:`, ...kinds]
}

const WORDS: Readonly<Record<string, string>> = {
  action: 'arguments of the call',
  bounds: 'bounds of a grant',
  challenge: 'challenges of an executor',
  denial: 'reasons of a denial',
  outcome: 'reported outcomes',
  person: 'names of people',
  preview: 'previews',
  reason: 'reasons of the agent',
}

async function sentenceOf(store: ChangeNeeds['store'], args: Arguments): Promise<readonly string[]> {
  if (args.rule === 'principal') return ['The name of the principal, where it is a person.']
  const request = args.rule === 'request' ? await store.request(args.request) : undefined
  return request ? [plainText(describeRequest(maskRequest(request).request))] : []
}
