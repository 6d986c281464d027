/**
 * Erasing arguments, previews, reasons and token texts; their entries stay. The sweep carries the order out, in
 * portions; each request that it erases from gets an entry of its own. SPEC 8.
 */
import { base64urlEncode } from '@countersign/verifier'
import { z } from 'zod'
import { base64url22, principalId } from '../../domain/identity/identifiers.ts'
import { ok } from '../../domain/refusal.ts'
import { DAY_SECONDS, ownChange } from './own-change.ts'

const EraseArguments = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('request'), request: base64url22 }),
  z.strictObject({ rule: z.literal('principal'), principal: principalId }),
  z.strictObject({ rule: z.literal('age'), older_than_days: z.int().min(1).max(36_500) }),
])

export const erasePayloads = ownChange({
  name: 'countersign.payload.erase',
  title: 'Erase payloads by {rule}',
  effect: 'destructive',
  reversible: false,
  beforeFirstAdmin: false,
  arguments: EraseArguments,
  resource: (args) => `payloads:${args.rule}:${args.rule === 'age' ? args.older_than_days : subjectOf(args)}`,
  async prepare({ now, randomBytes }, args, { request }) {
    const id = base64urlEncode(randomBytes(16))
    const { rule } = args
    const before = rule === 'age' ? now() - args.older_than_days * DAY_SECONDS : now() + 1
    const subject = subjectOf(args)
    return ok({
      change: { kind: 'payload.erase', order: { id, rule, subject, before, request, next: 0 } },
      type: 'payload.erased',
      members: { order: id, rule, before, ...(subject === null ? {} : { subject }) },
      answer: { subject: subject ?? rule },
    })
  },
})

function subjectOf(args: z.output<typeof EraseArguments>): string | null {
  if (args.rule === 'request') return args.request
  return args.rule === 'principal' ? args.principal : null
}
