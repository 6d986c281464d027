/** A new webhook. Its secret is made from the authority's own key: it is shown once and kept nowhere. SPEC 10. */
import { base64urlEncode } from '@countersign/verifier'
import { z } from 'zod'
import { refusedTarget } from '../../domain/notify/target.ts'
import { ok, refuse } from '../../domain/refusal.ts'
import { ownChange } from './own-change.ts'

export const AddWebhookArguments = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(1024),
  kind: z.enum(['standard', 'slack']).default('standard'),
  events: z
    .array(z.enum(['request.waiting', 'request.escalated', 'request.expired', 'killswitch.engaged']))
    .min(1)
    .max(4)
    .default(['request.waiting', 'request.escalated', 'killswitch.engaged']),
})

export const addWebhook = ownChange({
  name: 'countersign.webhook.add',
  title: 'Tell {url} of events',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  arguments: AddWebhookArguments,
  resource: () => 'webhooks',
  async prepare({ config, now, randomBytes, notifyKeys }, { url, kind, events }, { request }) {
    const refused = refusedTarget(url, config.privateWebhooks)
    if (refused !== null) return refuse('invalid_request', `url: ${refused}`)
    const id = base64urlEncode(randomBytes(16))
    const secret = kind === 'standard' ? { credential: await notifyKeys.webhookSecret(id) } : {}
    // For chat webhooks the URL path is itself a secret, so the entry holds the origin alone.
    const subject = new URL(url).origin
    return ok({
      change: { kind: 'webhook.add', webhook: { id, url, kind, events, createdAt: now(), request, removedAt: null } },
      type: 'credential.added',
      members: { kind: 'webhook', credential: id, subject, events },
      answer: { subject, ...secret },
    })
  },
})
