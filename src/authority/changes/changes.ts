/**
 * What each change to the authority makes: rows for the store, members for the ledger, an answer with secrets shown once.
 *
 * In: a change, the request and the person that authorised it. Out: the change made ready. Nothing is stored here, but
 * a signing key that a rotation makes, which signs nothing before it is published. SPEC 10.
 */
import { base64urlEncode, sha256 } from '@countersign/verifier'
import { ED25519, ProofError, parseNoteKey } from '@countersign/verifier/proof'
import type { Change } from '../../domain/identity/change.ts'
import { newCredential } from '../../domain/identity/credential.ts'
import type { Credential, Executor, Webhook } from '../../domain/identity/parties.ts'
import type { EntryMembers, EntryType } from '../../domain/ledger/entry.ts'
import { refusedTarget } from '../../domain/notify/target.ts'
import { ok, type Result, refuse } from '../../domain/refusal.ts'
import { PUBLISH_AHEAD_SECONDS } from '../../domain/token/signing-keys.ts'
import type { AdministrativeChange } from '../../store/contract/change-store.ts'
import type { Deps } from '../deps.ts'
import type { Administered } from './administration.ts'

const DAY_SECONDS = 86_400
export const INVITATION_LIFE_SECONDS = 900

/** A change made ready: what the store does, what the ledger says, what the caller is told. */
interface Prepared {
  readonly change: AdministrativeChange
  readonly type: EntryType
  readonly members: EntryMembers
  readonly answer: Administered
}

export const alreadyReleased = () =>
  refuse('invalid_request', 'This kill switch is released already. Nothing was changed.', { status: 409 })

export function createChanges(deps: Deps) {
  const { config, store, keys, logKey, now, nowMs } = deps

  async function prepare(change: Change, request: string | null, consenter: string | null): Promise<Result<Prepared>> {
    switch (change.kind) {
      case 'agent.add':
        return ok(await agentAdded(change))
      case 'executor.add':
        return ok(await executorAdded(change))
      case 'credential.add':
        return credentialAdded(change)
      case 'approver.invite':
        return ok(await invited(change, request, consenter))
      case 'key.rotate':
        return rotated()
      case 'log-key.announce':
        return logKeyAnnounced(change.vkey)
      case 'payload.erase':
        return ok(erasureOrdered(change, request))
      case 'killswitch.release':
        return released(change.id, request)
      case 'webhook.add':
        return webhookAdded(change, request)
    }
  }

  async function agentAdded(change: Change & { kind: 'agent.add' }): Promise<Prepared> {
    const agent = {
      id: change.id,
      principals: change.principals,
      runBy: change.runBy,
      createdAt: now(),
      revokedAt: null,
    }
    const { secret, hash, credential } = await credentialFor('agent', change.id, change.expiresInDays)
    return {
      change: { kind: 'agent.add', agent, credential, hash },
      type: 'agent.added',
      members: {
        agent: agent.id,
        run_by: agent.runBy,
        principals: [...agent.principals],
        credential: credential.id,
        expires: credential.expiresAt,
      },
      answer: { name: 'countersign.agent.add', subject: agent.id, credential: secret, expiresAt: credential.expiresAt },
    }
  }

  async function executorAdded(change: Change & { kind: 'executor.add' }): Promise<Prepared> {
    const { audience, title, catalogue, challengeKeys } = change
    const executor: Executor = {
      audience,
      title,
      catalogue,
      challengeKeys,
      version: 1,
      createdAt: now(),
      revokedAt: null,
    }
    const { secret, hash, credential } = await credentialFor('executor', audience, change.expiresInDays)
    const catalogueDigest = base64urlEncode(await sha256(JSON.stringify(catalogue)))
    return {
      change: { kind: 'executor.add', executor, credential, hash },
      type: 'executor.added',
      members: {
        executor: audience,
        catalogue: `sha-256:${catalogueDigest}`,
        challenge_keys: challengeKeys.map((key) => key.kid),
        credential: credential.id,
        expires: credential.expiresAt,
      },
      answer: {
        name: 'countersign.executor.add',
        subject: audience,
        credential: secret,
        expiresAt: credential.expiresAt,
      },
    }
  }

  async function credentialAdded(change: Change & { kind: 'credential.add' }): Promise<Result<Prepared>> {
    const known =
      change.credentialKind === 'agent'
        ? await store.agent(change.subject)
        : change.credentialKind === 'executor'
          ? await store.executor(change.subject)
          : true
    if (!known) return refuse('not_found', `There is no ${change.credentialKind} ${change.subject}. Add it first.`)
    const { secret, hash, credential } = await credentialFor(
      change.credentialKind,
      change.subject,
      change.expiresInDays,
    )
    return ok({
      change: { kind: 'credential.add', credential, hash },
      type: 'credential.added',
      members: {
        credential: credential.id,
        kind: credential.kind,
        subject: credential.subject,
        expires: credential.expiresAt,
      },
      answer: {
        name: 'countersign.credential.add',
        subject: change.subject,
        credential: secret,
        expiresAt: credential.expiresAt,
      },
    })
  }

  async function invited(
    change: Change & { kind: 'approver.invite' },
    request: string | null,
    consenter: string | null,
  ): Promise<Prepared> {
    const secret = base64urlEncode(deps.randomBytes(32))
    const hash = base64urlEncode(await sha256(secret))
    const expiresAt = now() + INVITATION_LIFE_SECONDS
    const { name, roles } = change
    return {
      change: {
        kind: 'approver.invite',
        invitation: { hash, bootstrap: false, name, roles, invitedBy: consenter, request, createdAt: now(), expiresAt },
      },
      type: 'credential.added',
      members: {
        kind: 'invitation',
        credential: hash,
        roles: [...roles],
        expires: expiresAt,
        ...(consenter === null ? {} : { approver: consenter }),
      },
      answer: {
        name: 'countersign.approver.invite',
        subject: name,
        link: `${config.origin}/enrol#${secret}`,
        expiresAt,
      },
    }
  }

  async function rotated(): Promise<Result<Prepared>> {
    const made = await keys.create(config.signingAlg)
    if (!made) {
      return refuse(
        'forbidden',
        'Signing keys come from COUNTERSIGN_SIGNING_KEYS. Add the new key there, before the old one, and restart.',
      )
    }
    const signsFrom = now() + PUBLISH_AHEAD_SECONDS
    const key = {
      kid: made.kid,
      alg: config.signingAlg,
      publicJwk: made.publicJwk,
      publishedAt: now(),
      signsFrom,
      retiredAt: null,
    }
    return ok({
      change: { kind: 'key.rotate', key, retire: [] },
      type: 'key.rotated',
      members: { key: made.kid, public_key: JSON.parse(JSON.stringify(made.publicJwk)), signs_from: signsFrom },
      answer: { name: 'countersign.key.rotate', subject: made.kid, expiresAt: signsFrom },
    })
  }

  /**
   * The log says under its old key which key is to follow. The new private key never passes through here: whoever
   * configures the authority puts it beside the old one.
   */
  async function logKeyAnnounced(vkey: string): Promise<Result<Prepared>> {
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
      answer: { name: 'countersign.key.rotate', subject: vkey },
    })
  }

  /** Carried out by the sweep, in portions; what is erased of each request gets an entry of its own then. */
  function erasureOrdered(change: Change & { kind: 'payload.erase' }, request: string | null): Prepared {
    const id = base64urlEncode(deps.randomBytes(16))
    const before = change.rule === 'age' ? now() - change.olderThanDays * DAY_SECONDS : now() + 1
    const subject = change.rule === 'age' ? null : change.subject
    return {
      change: { kind: 'payload.erase', order: { id, rule: change.rule, subject, before, request, next: 0 } },
      type: 'payload.erased',
      members: { order: id, rule: change.rule, before, ...(subject === null ? {} : { subject }) },
      answer: { name: 'countersign.payload.erase', subject: subject ?? `${change.rule}` },
    }
  }

  async function released(id: string, request: string | null): Promise<Result<Prepared>> {
    const found = await store.killSwitch(id)
    if (!found) return refuse('not_found', 'There is no kill switch under that id.')
    if (found.releasedAtMs !== null) return alreadyReleased()
    return ok({
      change: { kind: 'killswitch.release', id, atMs: nowMs(), request },
      type: 'killswitch.released',
      members: { killswitch: id, selector: { ...found.selector } },
      answer: { name: 'countersign.killswitch.release', subject: id },
    })
  }

  /** Its secret is made from the authority's own key, so that it is kept nowhere and shown here alone. */
  async function webhookAdded(
    { url, format, events }: Change & { kind: 'webhook.add' },
    request: string | null,
  ): Promise<Result<Prepared>> {
    const refused = refusedTarget(url, config.privateWebhooks)
    if (refused !== null) return refuse('invalid_request', `url: ${refused}`)
    const id = base64urlEncode(deps.randomBytes(16))
    const webhook: Webhook = { id, url, kind: format, events, createdAt: now(), request, removedAt: null }
    const secret = format === 'standard' ? { credential: await deps.notifyKeys.webhookSecret(id) } : {}
    return ok({
      change: { kind: 'webhook.add', webhook },
      type: 'credential.added',
      // Of a chat's webhook the path is a secret of its own.
      members: { kind: 'webhook', credential: id, subject: new URL(url).origin, events: [...events] },
      answer: { name: 'countersign.webhook.add', subject: new URL(url).origin, ...secret },
    })
  }

  async function credentialFor(kind: Credential['kind'], subject: string, expiresInDays: number) {
    const { secret, hash, prefix } = await newCredential(kind, deps.randomBytes(32))
    const credential: Credential = {
      id: base64urlEncode(deps.randomBytes(16)),
      kind,
      subject,
      prefix,
      createdAt: now(),
      expiresAt: now() + expiresInDays * DAY_SECONDS,
      revokedAt: null,
      lastUsedAt: null,
    }
    return { secret, hash, credential }
  }

  return prepare
}
