/**
 * What everyone may read: signing keys, approvers' public keys, metadata, status lists, readiness.
 *
 * In: nothing secret. Out: documents a verifier checks tokens with. Status lists are signed at most once a second.
 * SPEC 6, 9; RFC 7009, RFC 7517, RFC 7662, RFC 8414, draft-ietf-oauth-status-list.
 */
import type { JsonObject } from '@countersign/verifier'
import { vkeysOf } from '../../domain/ledger/log-key.ts'
import { LIST_LIFE_SECONDS } from '../../domain/stop/status-list-claims.ts'
import type { Deps } from '../deps.ts'
import { signedList } from '../stop/signed-list.ts'

/** What everyone may read (discovery.ts). */
export interface Discovery {
  readonly jwks: () => Promise<JsonObject>
  readonly approverKeys: () => Promise<JsonObject>
  readonly metadata: () => JsonObject
  /** The signed status list, or undefined for a list that does not exist. */
  readonly statusList: (list: number) => Promise<string | undefined>
  readonly ready: () => Promise<boolean>
}

const MAX_LISTS_KEPT = 16

export function createDiscovery(deps: Deps): Discovery {
  const { config, store, keys, logKey, notifyKeys, now } = deps
  const lists = new Map<number, { readonly at: number; readonly signed: Promise<string> }>()

  async function approverKeys(): Promise<JsonObject> {
    const people = await store.listApprovers()
    return {
      rp_id: config.rpId,
      origins: [config.origin],
      approvers: people
        .filter((person) => person.removedAt === null)
        .map((person) => ({
          approver: person.id,
          agents: [...person.runs],
          keys: person.passkeys.filter((passkey) => passkey.revokedAt === null).map((passkey) => ({ ...passkey.key })),
        })),
    }
  }

  function metadata(): JsonObject {
    const at = (path: string) => `${config.origin}${path}`
    return {
      issuer: config.origin,
      jwks_uri: at('/.well-known/jwks.json'),
      approvers_uri: at('/.well-known/approvers.json'),
      transaction_authorization_endpoint: at('/oauth/transaction'),
      request_endpoint: at('/requests'),
      redemption_endpoint: at('/redemptions'),
      revocation_endpoint: at('/oauth/revoke'),
      revocation_endpoint_auth_methods_supported: ['Bearer'],
      introspection_endpoint: at('/oauth/introspect'),
      introspection_endpoint_auth_methods_supported: ['Bearer'],
      administration_endpoint: at('/admin/actions'),
      log_uri: at('/log'),
      log_origin: logKey.signer.name,
      log_vkey: logKey.vkey,
      log_vkeys: [...vkeysOf(logKey)],
      webhook_key: notifyKeys.webhookKey,
      service_documentation: at('/docs'),
      openapi_uri: at('/openapi.json'),
      response_types_supported: [],
      grant_types_supported: [],
      token_endpoint_auth_methods_supported: ['none'],
      authorization_details_types_supported: ['countersign_action'],
      transaction_challenge_signing_alg_values_supported: ['ES256', 'EdDSA'],
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
      approval_token_signing_alg_values_supported: ['ES256', 'EdDSA'],
      approval_token_header: 'Approval-Token',
    }
  }

  /** Any list number has a list: a position never given out is simply not revoked. */
  async function statusList(list: number): Promise<string | undefined> {
    if (!Number.isSafeInteger(list) || list < 0) return undefined
    const at = now()
    const known = lists.get(list)
    if (known && at - known.at < 1 && at - known.at > -LIST_LIFE_SECONDS) return known.signed
    const signed = signedList(deps, list, at)
    // A failure is not worth keeping.
    signed.catch(() => lists.delete(list))
    lists.set(list, { at, signed })
    const [oldest] = lists.keys()
    if (lists.size > MAX_LISTS_KEPT && oldest !== undefined) lists.delete(oldest)
    return signed
  }

  return {
    jwks: async () => ({ keys: (await keys.published(now())).map((key) => JSON.parse(JSON.stringify(key))) }),
    approverKeys,
    metadata,
    statusList,
    ready: () => store.ready(),
  }
}
