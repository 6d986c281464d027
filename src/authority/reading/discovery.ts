/**
 * Public documents, with which a verifier checks tokens: signing keys, approvers' public keys, metadata. SPEC 6; RFC
 * 7009, RFC 7517, RFC 7662, RFC 8414.
 */
import type { JsonObject } from '@countersign/verifier'
import { isPresent } from '../../domain/identity/parties.ts'
import { vkeysOf } from '../../domain/ledger/log-key.ts'
import type { Deps } from '../deps.ts'

export const readJwks = async ({ keys, now }: Pick<Deps, 'keys' | 'now'>) => ({ keys: await keys.published(now()) })

/** People who were neither removed nor suspended, with their unrevoked passkeys. */
export async function readApproverKeys({ config, store }: Pick<Deps, 'config' | 'store'>): Promise<JsonObject> {
  const people = (await store.listApprovers()).filter(isPresent)
  return {
    rp_id: config.rpId,
    origins: [config.origin],
    approvers: people.map((person) => ({
      approver: person.id,
      agents: [...person.runs],
      keys: person.passkeys.filter((passkey) => passkey.revokedAt === null).map((passkey) => ({ ...passkey.key })),
    })),
  }
}

const ALGORITHMS = ['ES256', 'EdDSA']

export function readMetadata({
  config,
  logKey,
  notifyKeys,
}: Pick<Deps, 'config' | 'logKey' | 'notifyKeys'>): JsonObject {
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
    transaction_challenge_signing_alg_values_supported: ALGORITHMS,
    dpop_signing_alg_values_supported: ALGORITHMS,
    approval_token_signing_alg_values_supported: ALGORITHMS,
    approval_token_header: 'Approval-Token',
  }
}

/** AuthZEN 1.0, section 9. */
export const readAuthzenConfiguration = ({ config: { origin } }: Pick<Deps, 'config'>) => ({
  policy_decision_point: origin,
  access_evaluation_endpoint: `${origin}/access/v1/evaluation`,
  access_evaluations_endpoint: `${origin}/access/v1/evaluations`,
  jwks_uri: `${origin}/.well-known/jwks.json`,
  actor_token_endpoint: `${origin}/actor-tokens`,
})
