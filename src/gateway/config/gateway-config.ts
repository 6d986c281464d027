/**
 * The configuration of a gateway, read from one JSON file. Secrets are named and never written into it: an environment
 * variable, or a command that prints one. Unknown members are refused.
 */
import { parseJson } from '@countersign/verifier'
import * as z from 'zod'
import { faultsIn } from '../../domain/config-fault.ts'
import { WrongConfig } from './config-errors.ts'
import { checkRules, scope, ToolRules } from './tool-rules.ts'

const Secret = z.union(
  [
    z.strictObject({
      env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'It is no name of an environment variable'),
    }),
    z.strictObject({ command: z.array(z.string().min(1)).min(1).max(32) }),
  ],
  'It has to be { "env": "NAME" } or { "command": ["…"] }: a secret is never written into the configuration',
)
const Value = z.union(
  [z.string(), Secret],
  'It has to be a text, or a secret: { "env": "NAME" } or { "command": ["…"] }',
)
export type SecretSource = z.output<typeof Secret>

const absoluteUri = z
  .string()
  .max(1024)
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/, 'It is no absolute URI')
const isConfidential = (url: string) => {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
const TokenExchange = z
  .strictObject({
    token_endpoint: z.url({ protocol: /^https?$/ }).refine(isConfidential, 'It has to begin with https://'),
    token_endpoint_auth_method: z.enum(['client_secret_basic', 'client_secret_post']).default('client_secret_basic'),
    client_id: z.string().min(1).max(512),
    client_secret: Secret.optional(),
    subject_token: Secret,
    subject_token_type: absoluteUri.default('urn:ietf:params:oauth:token-type:access_token'),
    actor_token: Secret.optional(),
    actor_token_type: absoluteUri.default('urn:ietf:params:oauth:token-type:access_token'),
    audience: z.string().min(1).max(1024).optional(),
    resource: absoluteUri.optional(),
    scope: scope.optional(),
  })
  .refine(
    ({ audience, resource }) => audience !== undefined || resource !== undefined,
    'It needs an audience or a resource',
  )
export type TokenExchangeConfig = z.output<typeof TokenExchange>

const shared = {
  tools: ToolRules.optional(),
  untrusted_results: z.boolean().default(false).meta({ description: 'Mark what the server answers' }),
}

const Stdio = z.strictObject({
  command: z.string().min(1),
  args: z.array(z.string()).max(256).optional(),
  env: z.record(z.string(), Value).optional(),
  cwd: z.string().min(1).optional(),
  ...shared,
})
const Http = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), Value).optional(),
  token_exchange: TokenExchange.optional(),
  ...shared,
})
export type HttpConfig = z.output<typeof Http>
export type UpstreamConfig = z.output<typeof Stdio> | HttpConfig

const MAX_UPSTREAMS = 16
const MAX_AGENTS = 100
const HOLD_SECONDS = 45

const upstreamName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'It has to be a name of small letters, digits and hyphens')

export const GatewayConfig = z
  .strictObject({
    issuer: z.url({ protocol: /^https?$/ }).meta({ description: 'The authority' }),
    audience: z.string().min(1).max(512).meta({ description: 'The executor that the gateway is' }),
    credential: Secret,
    challenge_key: z.string().min(1).meta({ description: 'File with its private JWK' }),
    agents: z.record(z.string().min(1).max(64), z.strictObject({ credential: Secret })).refine(...atMost(MAX_AGENTS)),
    agent: z.string().optional().meta({ description: 'Whom the client on stdio is; by default the only agent' }),
    upstreams: z
      .record(upstreamName, z.union([Stdio, Http], 'It has to be { "command": "…", … } or { "url": "…", … }'))
      .refine(...atMost(MAX_UPSTREAMS)),
    listen: z
      .strictObject({
        port: z.int().min(0).max(65_535),
        host: z.string().min(1).default('127.0.0.1'),
        origins: z.array(z.string()).max(32).default([]),
      })
      .optional()
      .meta({ description: 'Serve Streamable HTTP in place of stdio' }),
    hold_seconds: z.int().min(0).max(HOLD_SECONDS).default(HOLD_SECONDS),
    state_dir: z.string().min(1).optional().meta({ description: 'Folder in which requests that wait are remembered' }),
    accept_self_approval: z.boolean().default(false),
  })
  .meta({ id: 'GatewayConfig' })
export type GatewayConfig = z.output<typeof GatewayConfig>

function atMost(most: number) {
  const isWithin = (members: object) => Object.keys(members).length > 0 && Object.keys(members).length <= most
  return [isWithin, `It has to have 1 to ${most} members`] as const
}

/** Throws `WrongConfig`, which names the member. */
export function readConfig(text: string): GatewayConfig {
  const parsed = GatewayConfig.safeParse(jsonOf(text))
  if (!parsed.success) throw new WrongConfig(faultsIn(parsed.error))
  const { data } = parsed
  if (data.agent !== undefined && !Object.hasOwn(data.agents, data.agent))
    throw new WrongConfig(
      `agent: There is no ${data.agent} in agents. Name one of ${Object.keys(data.agents).join(', ')}.`,
    )
  for (const [name, upstream] of Object.entries(data.upstreams)) {
    checkRules(`upstreams.${name}.tools`, upstream.tools ?? {})
    checkTokens(name, upstream)
  }
  return data
}

/** A token goes to its server alone, and a setting for tokens means that there are tokens. */
function checkTokens(name: string, upstream: UpstreamConfig): void {
  const exchange = 'url' in upstream ? upstream.token_exchange : undefined
  const { tools: rules = {} } = upstream
  if (!exchange && Object.values(rules).some((rule) => 'scope' in rule))
    throw new WrongConfig(
      `upstreams.${name}.tools: A tool has a scope, but there is no token_exchange. Add one, or take the scope away.`,
    )
  if (!exchange || !('url' in upstream)) return
  if (!isConfidential(upstream.url))
    throw new WrongConfig(`upstreams.${name}.url: It has to begin with https://, since there is a token_exchange.`)
  if (Object.keys(upstream.headers ?? {}).some((header) => header.toLowerCase() === 'authorization'))
    throw new WrongConfig(
      `upstreams.${name}.headers: An authorization header and token_exchange exclude each other. Take one of them away.`,
    )
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw new WrongConfig(error instanceof Error ? error.message : 'This is not JSON.')
  }
}
