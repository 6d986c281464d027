/** Changes to how the authority runs: keys, webhooks, and the release of kill switches. SPEC 9, 10. */
import { ED25519, ProofError, parseNoteKey } from '@countersign/verifier/proof'
import * as z from 'zod'
import { endedRow, webhookRow } from '../../domain/identity/configuration-rows.ts'
import { base64url22, nameOf } from '../../domain/identity/identifiers.ts'
import { NOTICE_KINDS } from '../../domain/identity/parties.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { selectorInWords } from '../../domain/stop/kill-switch.ts'
import { newId } from '../new-id.ts'
import { tryWebhook } from '../notify/try-webhook.ts'
import { newSigningKey } from './new-signing-key.ts'
import { type ChangeNeeds, ownChange, type PreparedChange } from './own-change.ts'

export const rotateKey = ownChange({
  name: 'countersign.key.rotate',
  title: 'Change a key that signs',
  effect: 'write',
  reversible: false,
  beforeFirstAdmin: false,
  /** `log_vkey`: a new key of the log, as witnesses and auditors are given it. Default: the key that signs tokens. */
  arguments: z.strictObject({ log_vkey: z.string().max(512).optional() }),
  resource: ({ log_vkey: vkey }) => (vkey === undefined ? 'keys' : 'log'),
  prepare: (deps, { log_vkey: vkey }) => (vkey === undefined ? rotateSigningKey(deps) : announceLogKey(deps, vkey)),
  // Preparing a signing key makes one.
  check: async (deps, { log_vkey: vkey }) => (vkey === undefined ? ok(true) : announceLogKey(deps, vkey)),
})

async function rotateSigningKey({ config, keys, logKey, now }: ChangeNeeds): Promise<Result<PreparedChange>> {
  const made = await keys.create(config.signingAlg)
  if (!made) {
    return refuse(
      'forbidden',
      'Signing keys come from COUNTERSIGN_SIGNING_KEYS. Add the new key there, before the old one, and restart.',
    )
  }
  const { key, members } = await newSigningKey(logKey, made, now())
  return ok({
    change: { kind: 'key.rotate', key, retire: [] },
    type: 'key.rotated',
    members,
    answer: { subject: key.kid, expiresAt: key.signsFrom },
  })
}

/**
 * The log says under its old key which key is to follow. The new private key never passes through here: the operator
 * puts it beside the old one.
 */
async function announceLogKey({ logKey }: ChangeNeeds, vkey: string): Promise<Result<PreparedChange>> {
  const key = await parseNoteKey(vkey).catch((error) => {
    if (error instanceof ProofError) return null
    throw error
  })
  if (key?.type !== ED25519 || key.name !== logKey.signer.name) {
    return refuse('invalid_request', `log_vkey must be an Ed25519 verifier key of the name ${logKey.signer.name}.`)
  }
  return ok({
    change: { kind: 'log-key.announce' },
    type: 'key.rotated',
    members: { log_vkey: vkey },
    answer: { subject: vkey },
  })
}

export const AddWebhookArguments = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(1024),
  kind: z.enum(['standard', 'slack']).default('standard'),
  events: z
    .array(z.enum(NOTICE_KINDS))
    .min(1)
    .max(NOTICE_KINDS.length)
    .default(['request.waiting', 'request.escalated', 'killswitch.engaged', 'breakglass.opened']),
})

export const addWebhook = ownChange({
  name: 'countersign.webhook.add',
  title: 'Tell {url} of events',
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  arguments: AddWebhookArguments,
  resource: () => 'webhooks',
  rows: ({ url, kind, events }, _, request) => [webhookRow({ id: request, url, kind, events })],
  check: (deps, { url, kind }) => tryWebhook(deps, { url, kind }),
  async prepare({ now, randomBytes, notifyKeys }, { url, kind, events }, { request }) {
    // Its own approval names it, so that one leads to the other.
    const id = request ?? newId(randomBytes)
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

const alreadyReleased = () =>
  refuse('invalid_request', 'This kill switch is released already. Nothing was changed.', { status: 409 })

const MAX_RELEASED = 64
/** The most characters of a preview's summary. */
const MAX_NAMED = 1000
const idsOf = (args: { readonly id: string } | { readonly ids: readonly string[] }): readonly string[] =>
  'ids' in args ? args.ids : [args.id]

const reason = nameOf(2000).meta({ description: 'Why it is safe to go on' })

export const releaseKillSwitch = ownChange({
  name: 'countersign.killswitch.release',
  title: 'Release kill switches',
  phrase: 'Release the kill switch[ {id}][es {ids}]',
  async named({ store }, args) {
    const found = await Promise.all(idsOf(args).map((id) => store.killSwitch(id)))
    return found
      .flatMap((one) => (one ? [selectorInWords(one.selector)] : []))
      .join('; ')
      .slice(0, MAX_NAMED)
  },
  effect: 'write',
  reversible: true,
  beforeFirstAdmin: false,
  conflict: alreadyReleased,
  arguments: z.union([
    z.strictObject({ id: base64url22, reason }),
    z.strictObject({
      ids: z
        .array(base64url22)
        .min(1)
        .max(MAX_RELEASED)
        .refine((ids) => new Set(ids).size === ids.length, 'each once'),
      reason,
    }),
  ]),
  resource: (args) => ('ids' in args ? 'killswitches' : `killswitch:${args.id}`),
  rows: (args) => idsOf(args).map((id) => endedRow('killswitch', id)),
  async prepare({ store, nowMs }, args, { request }) {
    const ids = idsOf(args)
    const found = await Promise.all(ids.map((id) => store.killSwitch(id)))
    if (found.includes(undefined)) return refuse('not_found', 'There is no kill switch under that id.')
    if (found.some((one) => one?.releasedAtMs !== null)) return alreadyReleased()
    const [only] = found
    const members =
      'ids' in args ? { killswitches: [...ids] } : { killswitch: args.id, selector: { ...only?.selector } }
    return ok({
      change: { kind: 'killswitch.release', ids, atMs: nowMs(), request },
      type: 'killswitch.released',
      members,
      answer: { subject: ids.join(' ') },
    })
  },
})
