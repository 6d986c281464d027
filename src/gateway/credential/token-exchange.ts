/**
 * A token for one call of a server, from the authorization server that the server trusts: narrow, short-lived, and kept
 * nowhere. What is refused has no token in its words, and none of the authorization server's own. RFC 8693, SPEC 14.
 */
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  genericTokenEndpointRequest,
  None,
  OperationProcessingError,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
  UnsupportedOperationError,
} from 'oauth4webapi'
import { boundedText } from '../channel/bounded-text.ts'
import { NoToken } from '../channel/credential-port.ts'
import { WrongConfig } from '../config/config-errors.ts'
import type { TokenExchangeConfig } from '../config/gateway-config.ts'
import { readSecret } from '../config/secret-values.ts'

/** Throws `NoToken`. */
export type ExchangeToken = (scope: string | undefined, signal: AbortSignal) => Promise<string>

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536
const MAX_LIFETIME_SECONDS = 3600

/** `clientSecret`: undefined for a public client. The other tokens are read anew for each exchange: they expire. */
export function createTokenExchange(
  config: TokenExchangeConfig,
  clientSecret: string | undefined,
  environment: NodeJS.ProcessEnv,
): ExchangeToken {
  const { token_endpoint, client_id, token_endpoint_auth_method: method } = config
  const server = { issuer: new URL(token_endpoint).origin, token_endpoint }
  const client = { client_id }
  const byBody = method === 'client_secret_post'
  const secret = clientSecret ?? ''
  const authenticate =
    clientSecret === undefined ? None() : byBody ? ClientSecretPost(secret) : ClientSecretBasic(secret)
  return async (scope, signal) => {
    try {
      const parameters = await parametersOf(config, scope, environment)
      const response = await genericTokenEndpointRequest(server, client, authenticate, GRANT, parameters, {
        // The configuration allows plain HTTP on loopback alone.
        [allowInsecureRequests]: true,
        [customFetch]: fetchBounded,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      const issued = await processGenericTokenEndpointResponse(server, client, response)
      const fault = faultOf(issued, scope)
      if (fault !== undefined) throw new NoToken(fault)
      return issued.access_token
    } catch (error) {
      throw new NoToken(`no token could be exchanged for it (${reasonOf(error)})`)
    }
  }
}

async function parametersOf(
  { subject_token, subject_token_type, actor_token, actor_token_type, audience, resource }: TokenExchangeConfig,
  scope: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, string>> {
  const [subject, actor] = await Promise.all([
    readSecret('subject_token', subject_token, environment),
    actor_token && readSecret('actor_token', actor_token, environment),
  ])
  return {
    requested_token_type: ACCESS_TOKEN,
    subject_token: subject,
    subject_token_type,
    ...(actor === undefined ? {} : { actor_token: actor, actor_token_type }),
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  }
}

async function fetchBounded(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options)
  const { status, headers } = response
  return new Response((await boundedText(response, MAX_ANSWER_BYTES)) || null, { status, headers })
}

/** Why a token is none for this call. */
function faultOf({ access_token, token_type, ...told }: TokenEndpointResponse, asked: string | undefined) {
  const { expires_in: lifetime = 0, issued_token_type, scope } = told
  if (issued_token_type !== ACCESS_TOKEN || token_type !== 'bearer') return 'what was issued is no bearer access token'
  if (!/^[A-Za-z0-9._~+/-]{1,16384}=*$/.test(access_token)) return 'the token is malformed'
  if (lifetime <= 0 || lifetime > MAX_LIFETIME_SECONDS) return 'the token does not say that it ends within an hour'
  const isWider = asked !== undefined && scope !== undefined && !isWithin(scope, asked)
  return isWider ? 'the token has a wider scope than was asked for' : undefined
}

const isWithin = (scope: string, asked: string): boolean => {
  const all = new Set(asked.split(' '))
  return scope.split(' ').every((one) => all.has(one))
}

/** An error code of RFC 6749 or 8693 is passed on; descriptions are not. */
function reasonOf(error: unknown): string {
  if (error instanceof NoToken || error instanceof WrongConfig) return error.message
  if (error instanceof ResponseBodyError) return KNOWN.has(error.error) ? error.error : 'it refused'
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError)
    return 'its answer is no token response'
  return 'it gave no answer of a token response’s size in time'
}

const KNOWN = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
])
