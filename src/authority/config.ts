/**
 * Parses the environment into a `Config`, or into a list of its faults.
 *
 * In: environment variables. Out: `Config`. Refuses to start on anything unknown, missing or weak; never guesses.
 * Reads no file: keys that live in the data directory are the business of `node/`.
 * SPEC 13.
 */
import { z } from 'zod'
import { parseTrustedProxies, type TrustedProxies } from '../domain/identity/stranger-address.ts'
import type { LogJwk } from '../domain/ledger/log-key.ts'
import type { PrivateJwk } from '../domain/token/signing-keys.ts'
import type { VapidJwk } from './notify/notify-keys.ts'

/** Decimal digits alone: `Number` would also take an empty setting, 0x10 and 1e1. */
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most))

const seconds = (least: number, most: number, fallback: number) => wholeNumber(least, most).default(fallback)
const switchable = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')

/** A passkey needs a secure context: https anywhere, or http on localhost. */
const origin = z
  .url()
  .default('http://localhost:8787')
  .superRefine((value, context) => {
    if (!URL.canParse(value)) return
    const url = new URL(value)
    const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost')
    if (url.origin !== value) context.addIssue(`must be an origin alone, such as ${url.origin}`)
    if (url.protocol !== 'https:' && !local)
      context.addIssue('must be https, or http on localhost: passkeys work nowhere else')
  })

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const logJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate, d: coordinate })
const privateKey = z.union(
  [
    z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate, d: coordinate }),
    z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate, d: coordinate }),
  ],
  'each key must be a private JWK, P-256 or Ed25519',
)

const vapidJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
  d: coordinate,
})

/** A setting that is JSON. `hint` says what is wrong, since the text itself may be a secret. */
const json = <T>(shape: z.ZodType<T>, hint: string) =>
  z.string().transform((text, context): T => {
    const parsed = shape.safeParse(jsonOf(text))
    if (parsed.success) return parsed.data
    context.addIssue(hint)
    return z.NEVER
  })

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const logKey = json<LogJwk>(
  logJwk,
  'must be a private JWK, Ed25519: { "kty": "OKP", "crv": "Ed25519", "x": …, "d": … }',
)
const vapidKeys = json<VapidJwk>(
  vapidJwk,
  'must be a private JWK, P-256: { "kty": "EC", "crv": "P-256", "x": …, "y": …, "d": … }',
)
const signingKeys = json<{ readonly keys: readonly PrivateJwk[] }>(
  z.object({ keys: z.array(privateKey).min(1) }),
  'must be a JWKS, { "keys": [ private JWK, … ] }, each key P-256 or Ed25519',
)

/** `url vkey`, separated by commas. */
const witnesses = z
  .string()
  .default('')
  .transform((text, context): readonly WitnessSetting[] => {
    const parts = text.split(',').map((part) => part.trim().split(/\s+/))
    const given = parts.filter(([url]) => url !== '')
    if (given.every(([url, vkey, ...more]) => isWitnessUrl(url) && VKEY.test(vkey ?? '') && more.length === 0)) {
      return given.map(([url = '', vkey = '']) => ({ url: url.replace(/\/$/, ''), vkey }))
    }
    context.addIssue('must be “url vkey” pairs separated by commas, each url https, or http on localhost')
    return z.NEVER
  })

const VKEY = /^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/

function isWitnessUrl(text = ''): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost')
}

const trustedProxies = z
  .string()
  .default('0')
  .transform((text, context): TrustedProxies => {
    const parsed = parseTrustedProxies(text)
    if (parsed !== undefined) return parsed
    context.addIssue('must be a count of proxies from 0 to 16, or addresses and CIDRs separated by commas')
    return z.NEVER
  })

const schema = z.strictObject({
  COUNTERSIGN_ORIGIN: origin,
  COUNTERSIGN_HOST: z.string().min(1).default('localhost'),
  COUNTERSIGN_PORT: wholeNumber(0, 65_535).optional(),
  COUNTERSIGN_DATA_DIR: z.string().min(1).default('data'),
  COUNTERSIGN_NAME: z.string().min(1).max(64).default('Countersign'),
  COUNTERSIGN_SIGNING_KEYS: signingKeys.optional(),
  COUNTERSIGN_SIGNING_ALG: z.enum(['ES256', 'EdDSA']).default('ES256'),
  COUNTERSIGN_OPERATOR_CREDENTIAL: z
    .string()
    .regex(/^cs_operator_[A-Za-z0-9_-]{43}$/, 'must be cs_operator_ and 43 base64url characters')
    .optional(),
  COUNTERSIGN_TOKEN_TTL_SECONDS: seconds(1, 600, 120),
  COUNTERSIGN_REQUEST_TTL_SECONDS: seconds(10, 86_400, 900),
  COUNTERSIGN_SESSION_TTL_SECONDS: seconds(60, 604_800, 43_200),
  COUNTERSIGN_SELF_APPROVAL: switchable,
  COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: seconds(1, 10_000_000, 120),
  COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: seconds(1, 10_000_000, 120),
  COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: seconds(1, 10_000_000, 60),
  COUNTERSIGN_TRUSTED_PROXIES: trustedProxies,
  COUNTERSIGN_PENDING_PER_AGENT: seconds(1, 100_000, 20),
  COUNTERSIGN_PENDING_PER_GROUP: seconds(1, 100_000, 200),
  COUNTERSIGN_LOG_KEY: logKey.optional(),
  COUNTERSIGN_LOG_KEY_NEXT: logKey.optional(),
  COUNTERSIGN_LOG_PUBLIC: switchable,
  COUNTERSIGN_WITNESSES: witnesses,
  COUNTERSIGN_RETENTION_DAYS: wholeNumber(2, 36_500).optional(),
  COUNTERSIGN_OUTCOME_WITHIN_SECONDS: seconds(60, 2_592_000, 3600),
  COUNTERSIGN_ESCALATE_AFTER_SECONDS: seconds(10, 86_400, 120),
  COUNTERSIGN_RING_LIMIT: wholeNumber(1, 3600).default(6),
  COUNTERSIGN_PRIVATE_WEBHOOKS: switchable,
  COUNTERSIGN_VAPID_KEYS: vapidKeys.optional(),
  COUNTERSIGN_WEBHOOK_KEY: logKey.optional(),
  COUNTERSIGN_SMTP_URL: z.url({ protocol: /^smtps?$/ }).optional(),
  COUNTERSIGN_MAIL_FROM: z.email().optional(),
  COUNTERSIGN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
})

/** Read by the command line's client, not by the authority; known here so that one environment can serve both. */
const CLIENT_SETTINGS = ['COUNTERSIGN_URL', 'COUNTERSIGN_CREDENTIAL']

export interface WitnessSetting {
  readonly url: string
  readonly vkey: string
}

export interface Config {
  /** The issuer: configured, never read from a request. */
  readonly origin: string
  readonly rpId: string
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly name: string
  readonly databaseUrl: string | null
  /** Null: made in the data directory. */
  readonly signingKeys: readonly PrivateJwk[] | null
  readonly signingAlg: 'ES256' | 'EdDSA'
  readonly operatorCredential: string | null
  readonly tokenTtlSeconds: number
  readonly requestTtlSeconds: number
  readonly sessionTtlSeconds: number
  readonly selfApproval: boolean
  readonly agentRequestsPerMinute: number
  readonly approverCallsPerMinute: number
  readonly anonymousCallsPerMinute: number
  readonly trustedProxies: TrustedProxies
  readonly pendingPerAgent: number
  readonly pendingPerGroup: number
  /** Null: made in the data directory. */
  readonly logKey: LogJwk | null
  /** Signs beside `logKey`, and replaces it later. */
  readonly logKeyNext: LogJwk | null
  /** Whether everyone may read the log, not auditors alone. */
  readonly logPublic: boolean
  readonly witnesses: readonly WitnessSetting[]
  /** Days until payloads are erased; null for never. */
  readonly retentionDays: number | null
  /** Seconds after a redemption until its outcome counts as missing. */
  readonly outcomeWithinSeconds: number
  /** Seconds without an answer until the next group is notified. */
  readonly escalateAfterSeconds: number
  /** Notifications that one agent may cause one person in an hour. */
  readonly ringLimit: number
  /** Whether push and webhooks may go to addresses that are not on the public internet. */
  readonly privateWebhooks: boolean
  /** Null: made in the data directory. */
  readonly vapidKeys: VapidJwk | null
  readonly webhookKey: LogJwk | null
  /** Null: no mail is sent. */
  readonly mail: { readonly smtpUrl: string; readonly from: string } | null
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** One line for each wrong setting: its name, and what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const explain = (issues: readonly z.core.$ZodIssue[]): string =>
  issues
    .map((issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')}: unknown setting; see /docs/settings for the list`
        : `${issue.path.join('.')}: ${issue.message}`,
    )
    .join('\n')

/** Throws `ConfigError`. Variables that are not COUNTERSIGN_* (but DATABASE_URL) are ignored. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const ours = Object.entries(environment).filter(
    ([name, value]) =>
      value !== undefined &&
      (name === 'DATABASE_URL' || (name.startsWith('COUNTERSIGN_') && !CLIENT_SETTINGS.includes(name))),
  )
  const parsed = schema.safeParse(Object.fromEntries(ours))
  if (!parsed.success) throw new ConfigError(explain(parsed.error.issues))
  return configOf(parsed.data)
}

function configOf(settings: z.output<typeof schema>): Config {
  const url = new URL(settings.COUNTERSIGN_ORIGIN)
  const defaultPort = Number(url.port || (url.protocol === 'https:' ? 8787 : 80))
  return {
    origin: url.origin,
    rpId: url.hostname,
    host: settings.COUNTERSIGN_HOST,
    port: settings.COUNTERSIGN_PORT ?? defaultPort,
    dataDir: settings.COUNTERSIGN_DATA_DIR,
    name: settings.COUNTERSIGN_NAME,
    databaseUrl: settings.DATABASE_URL ?? null,
    signingKeys: settings.COUNTERSIGN_SIGNING_KEYS?.keys ?? null,
    signingAlg: settings.COUNTERSIGN_SIGNING_ALG,
    operatorCredential: settings.COUNTERSIGN_OPERATOR_CREDENTIAL ?? null,
    tokenTtlSeconds: settings.COUNTERSIGN_TOKEN_TTL_SECONDS,
    requestTtlSeconds: settings.COUNTERSIGN_REQUEST_TTL_SECONDS,
    sessionTtlSeconds: settings.COUNTERSIGN_SESSION_TTL_SECONDS,
    selfApproval: settings.COUNTERSIGN_SELF_APPROVAL,
    agentRequestsPerMinute: settings.COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE,
    approverCallsPerMinute: settings.COUNTERSIGN_APPROVER_CALLS_PER_MINUTE,
    anonymousCallsPerMinute: settings.COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE,
    trustedProxies: settings.COUNTERSIGN_TRUSTED_PROXIES,
    pendingPerAgent: settings.COUNTERSIGN_PENDING_PER_AGENT,
    pendingPerGroup: settings.COUNTERSIGN_PENDING_PER_GROUP,
    logKey: settings.COUNTERSIGN_LOG_KEY ?? null,
    logKeyNext: settings.COUNTERSIGN_LOG_KEY_NEXT ?? null,
    logPublic: settings.COUNTERSIGN_LOG_PUBLIC,
    witnesses: settings.COUNTERSIGN_WITNESSES,
    retentionDays: settings.COUNTERSIGN_RETENTION_DAYS ?? null,
    outcomeWithinSeconds: settings.COUNTERSIGN_OUTCOME_WITHIN_SECONDS,
    escalateAfterSeconds: settings.COUNTERSIGN_ESCALATE_AFTER_SECONDS,
    ringLimit: settings.COUNTERSIGN_RING_LIMIT,
    privateWebhooks: settings.COUNTERSIGN_PRIVATE_WEBHOOKS,
    vapidKeys: settings.COUNTERSIGN_VAPID_KEYS ?? null,
    webhookKey: settings.COUNTERSIGN_WEBHOOK_KEY ?? null,
    mail: mailOf(settings.COUNTERSIGN_SMTP_URL, settings.COUNTERSIGN_MAIL_FROM),
    logLevel: settings.COUNTERSIGN_LOG_LEVEL,
  }
}

function mailOf(smtpUrl: string | undefined, from: string | undefined): Config['mail'] {
  if (smtpUrl !== undefined && from !== undefined) return { smtpUrl, from }
  if (smtpUrl === undefined && from === undefined) return null
  throw new ConfigError('COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM: set both, or neither')
}
