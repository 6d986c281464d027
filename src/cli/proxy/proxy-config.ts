/**
 * The configuration of a proxy, read from one JSON file. Secrets are named in it, never written: a variable of the
 * environment. Unknown members are refused.
 */
import * as z from 'zod'
import { faultsIn } from '../../domain/config-fault.ts'
import { jsonFile } from '../arguments/json-file.ts'
import { usage } from '../exit.ts'
import { futileRoutes } from './futile-routes.ts'

/** Headers that frame the request, or belong to the proxy: no route can bind them. */
const OWN_HEADERS = [
  ...[
    'accept-txn-challenge',
    'approval-token',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'dpop',
  ],
  ...[
    'expect',
    'host',
    'if-match',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'countersign-request',
  ],
]
const MAX_ROUTES = 256
const MAX_TIMEOUT_SECONDS = 600

const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    'It has to be an origin: a scheme, a host and a port, such as https://files.example',
  )
const Secret = z.strictObject(
  { env: z.string().regex(/^[A-Za-z_]\w{0,127}$/, 'It is no name of an environment variable') },
  'It has to be { "env": "NAME" }: a secret is never written into the configuration',
)
export type SecretName = z.output<typeof Secret>

const Route = z
  .strictObject({
    methods: z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])).min(1),
    path: z.string().regex(/^\/[^*?#\s]*\*?$/, 'It has to be a path, or the beginning of one and *'),
    action: z
      .string()
      .regex(/^[\w.:/-]{1,128}$/, 'It is no name of an action')
      .optional(),
    open: z.literal(true).optional(),
    headers: z
      .array(z.string().regex(/^[a-z0-9-]{1,64}$/, 'It has to be the name of a header, in small letters'))
      .default([]),
    state: z.literal('http').optional(),
  })
  .refine(
    ({ action, open }) => (action === undefined) === (open === true),
    'It needs either an action, or "open": true',
  )
  .refine(
    ({ open, methods }) => !open || methods.every(isReading),
    'It is open, so its methods have to be GET and HEAD alone',
  )
  .refine(
    ({ headers }) => !headers.some((name) => OWN_HEADERS.includes(name)),
    `It names a header that no route can bind: ${OWN_HEADERS.join(', ')}`,
  )

const Members = z.strictObject({
  issuer: origin,
  audience: z.string().min(1).max(512),
  credential: Secret,
  listen: z.strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    port: z.int().min(0).max(65_535),
  }),
  upstream: z.strictObject({
    origin,
    headers: z
      .record(z.string().regex(/^[a-z0-9-]{1,64}$/, 'It has to be the name of a header, in small letters'), Secret)
      .default({}),
    timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).default(60),
  }),
  routes: z.array(Route).min(1).max(MAX_ROUTES),
  public_url: z.url({ protocol: /^https?$/ }).optional(),
  challenge_key: z.string().min(1).optional(),
  approvers: z.string().min(1).optional(),
  accept_self_approval: z.boolean().default(false),
  state_dir: z.string().min(1).optional(),
})
const ProxyConfig = Members.superRefine(({ routes, challenge_key: key }, { addIssue }) => {
  for (const message of futileRoutes(routes, key !== undefined)) addIssue({ code: 'custom', message, path: ['routes'] })
})
export type ProxyConfig = z.output<typeof ProxyConfig>

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}

const named = { d: z.string(), kid: z.string(), alg: z.enum(['ES256', 'EdDSA']) }
const ChallengeKey = z.union(
  [
    z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string(), ...named }),
    z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), ...named }),
  ],
  'It has to be a private JWK with kid and alg, of P-256 or Ed25519',
)

/** The configuration in this file. Throws a usage `Failure` that names the member. */
export const readProxyConfig = (file: string): ProxyConfig => read(ProxyConfig, file)

/** The executor's private key, as a JWK with `kid` and `alg`. Throws as `readProxyConfig` does. */
export const readChallengeKey = (file: string): z.output<typeof ChallengeKey> => read(ChallengeKey, file)

function read<Schema extends z.ZodType>(schema: Schema, file: string): z.output<Schema> {
  const parsed = schema.safeParse(jsonFile(file))
  if (parsed.success) return parsed.data
  throw usage(`${file}: ${faultsIn(parsed.error)}`)
}
