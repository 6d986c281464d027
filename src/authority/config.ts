/**
 * Parses the environment into a `Config`. Refuses anything unknown, missing or weak; never guesses.
 *
 * Reads no file: `node/` reads the keys in the data directory. SPEC 13.
 */
import * as z from 'zod'
import { isAddress, parseTrustedProxies, type TrustedProxies } from '../domain/identity/stranger-address.ts'
import { logKey, signingKeys, vapidKey } from './key-settings.ts'
import { type EngineSettings, engineOf, engineShape } from './policy/engine-settings.ts'

/** Decimal digits alone: `Number` would also take an empty setting, 0x10 and 1e1. */
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least).max(most))

const switchable = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')

/** A passkey needs a secure context and belongs to a name: https on a host name, or http on localhost. */
const origin = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    context.addIssue('must be an origin, such as https://approve.example')
    return
  }
  const local = url.hostname === 'localhost' || url.hostname.endsWith('.localhost')
  if (url.origin !== value) context.addIssue(`must be an origin alone, such as ${url.origin}`)
  if (url.protocol !== 'https:' && !local) {
    context.addIssue('must be https, or http on localhost: browsers offer passkeys nowhere else')
  }
  if (isAddress(url.hostname)) {
    context.addIssue('must have a host name: passkeys belong to a name, never to an IP address')
  }
})

/** `url vkey`, separated by commas. */
const witnesses = z
  .string()
  .default('')
  .transform((text, context): readonly { readonly url: string; readonly vkey: string }[] => {
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

const deviceBoundRoles = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((role) => role.trim())
      .filter((role) => role !== ''),
  )
  .pipe(
    z.array(z.enum(['approver', 'admin', 'auditor'], 'must be roles separated by commas: approver, admin, auditor')),
  )

const trustedProxies = z
  .string()
  .default('0')
  .transform((text, context): TrustedProxies => {
    const parsed = parseTrustedProxies(text)
    if (parsed !== undefined) return parsed
    context.addIssue('must be a count of proxies from 0 to 16, or addresses and CIDRs separated by commas')
    return z.NEVER
  })

/** The store reads the rest of it, as libpq does. */
const databaseUrl = z
  .string()
  .regex(
    /^postgres(ql)?:\/\//,
    'must begin with postgres:// or postgresql://. PostgreSQL is the one server supported; without the setting, an embedded database is used.',
  )

const orNull = <T>(form: z.ZodType<T>) => form.nullable().default(null)

/** Every setting by its member of `Config`: `ringLimit` is COUNTERSIGN_RING_LIMIT in the environment. */
const schema = z.object({
  /** The issuer: configured, never read from a request. By default localhost with the port. */
  origin: origin.optional(),
  host: z.string().min(1).default('localhost'),
  port: orNull(wholeNumber(0, 65_535)),
  /** Where `/metrics` is served without a credential; null for nowhere. */
  metricsPort: orNull(wholeNumber(0, 65_535)),
  metricsHost: z.string().min(1).default('localhost'),
  dataDir: z.string().min(1).default('data'),
  name: z.string().min(1).max(64).default('Countersign'),
  databaseUrl: orNull(databaseUrl),
  /** The server itself, where `databaseUrl` leads through a pooler that gives each transaction another session. */
  databaseDirectUrl: orNull(databaseUrl),
  /** This and the other keys: null for one that is made in the data directory. */
  signingKeys: orNull(signingKeys),
  signingAlg: z.enum(['ES256', 'EdDSA']).default('ES256'),
  operatorCredential: orNull(
    z.string().regex(/^cs_operator_[A-Za-z0-9_-]{43}$/, 'must be cs_operator_ and 43 base64url characters'),
  ),
  tokenTtlSeconds: wholeNumber(1, 600).default(120),
  requestTtlSeconds: wholeNumber(10, 86_400).default(900),
  sessionTtlSeconds: wholeNumber(60, 604_800).default(43_200),
  selfApproval: switchable,
  /** Roles whose passkeys have to stay on one device. */
  deviceBoundRoles,
  ...engineShape,
  /** How long an outside policy engine may take for one decision. */
  policyTimeoutMs: wholeNumber(50, 10_000).default(1000),
  agentRequestsPerMinute: wholeNumber(1, 10_000_000).default(120),
  agentCallsPerMinute: wholeNumber(1, 10_000_000).default(1200),
  agentBytesPerMinute: wholeNumber(1, 999_999_999).default(4_194_304),
  executorCallsPerMinute: wholeNumber(1, 10_000_000).default(12_000),
  executorBytesPerMinute: wholeNumber(1, 999_999_999).default(16_777_216),
  directoryCallsPerMinute: wholeNumber(1, 10_000_000).default(1800),
  approverCallsPerMinute: wholeNumber(1, 10_000_000).default(120),
  anonymousCallsPerMinute: wholeNumber(1, 10_000_000).default(60),
  /** Agents that may stand behind the one that asks, where an actor token proves them. */
  maxAgentChain: wholeNumber(0, 7).default(4),
  trustedProxies,
  pendingPerAgent: wholeNumber(1, 100_000).default(20),
  pendingPerGroup: wholeNumber(1, 100_000).default(200),
  logKey: orNull(logKey),
  /** Signs beside `logKey`, and replaces it later. */
  logKeyNext: orNull(logKey),
  /** Whether everyone may read the log, not auditors alone. */
  logPublic: switchable,
  witnesses,
  /** Days until payloads are erased; null for never. */
  retentionDays: orNull(wholeNumber(2, 36_500)),
  /** Seconds after a redemption until its outcome counts as missing. */
  outcomeWithinSeconds: wholeNumber(60, 2_592_000).default(3600),
  /** Seconds without an answer until the next group is notified. */
  escalateAfterSeconds: wholeNumber(10, 86_400).default(120),
  /** Notifications that one agent may cause one person in an hour. */
  ringLimit: wholeNumber(1, 3600).default(6),
  /** Whether push and webhooks may go to addresses that are not on the public internet. */
  privateWebhooks: switchable,
  vapidKeys: orNull(vapidKey),
  webhookKey: orNull(logKey),
  /** Thumbprints of passkeys: the first admin's, and those let in by a break-glass. Null for those in the data directory. */
  rootKey: orNull(
    z
      .string()
      .transform((list) => list.split(','))
      .pipe(
        z
          .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be thumbprints of passkeys: 43 base64url characters'))
          .max(32),
      ),
  ),
  smtpUrl: orNull(z.url({ protocol: /^smtps?$/ })),
  mailFrom: orNull(z.email()),
  logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export interface Config extends Readonly<Omit<z.output<typeof schema>, 'origin' | 'port' | 'smtpUrl' | 'mailFrom'>> {
  readonly origin: string
  readonly rpId: string
  readonly port: number
  /** Null: no mail is sent. */
  readonly mail: { readonly smtpUrl: string; readonly from: string } | null
  /** The outside engine that decides; null: the local policy decides. */
  readonly engine: EngineSettings | null
}

export const variableOf = (member: string): string =>
  member === 'databaseUrl' ? 'DATABASE_URL' : `COUNTERSIGN_${member.replace(/[A-Z]/g, '_$&').toUpperCase()}`

const MEMBERS = Object.keys(schema.shape)
export const VARIABLES: readonly string[] = MEMBERS.map(variableOf)
/** Read by the command line's client, not by the authority; known here so that one environment can serve both. */
const CLIENT_VARIABLES = ['COUNTERSIGN_URL', 'COUNTERSIGN_CREDENTIAL']

/** One line for each wrong setting: its name, and what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Throws `ConfigError`. Variables that are not COUNTERSIGN_* (but DATABASE_URL) are ignored. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const parsed = schema.safeParse(
    Object.fromEntries(MEMBERS.map((member) => [member, environment[variableOf(member)]])),
  )
  const wrong = parsed.error?.issues.map(({ path, message }) => `${variableOf(path.join('.'))}: ${message}`) ?? []
  const unknown = unknownIn(environment)
  if (unknown.length > 0)
    wrong.push(
      `${unknown.join(', ')}: unknown setting; src/docs/settings.md lists them, and so does /docs/settings of a running authority`,
    )
  if (!parsed.success || wrong.length > 0) throw new ConfigError(wrong.join('\n'))
  return configOf(parsed.data)
}

const unknownIn = (environment: Readonly<Record<string, string | undefined>>): readonly string[] =>
  Object.keys(environment).filter(
    (name) =>
      name.startsWith('COUNTERSIGN_') &&
      environment[name] !== undefined &&
      !VARIABLES.includes(name) &&
      !CLIENT_VARIABLES.includes(name),
  )

function configOf({
  port,
  origin = `http://localhost:${port || 8787}`,
  smtpUrl,
  mailFrom,
  ...settings
}: z.output<typeof schema>): Config {
  if ((smtpUrl === null) !== (mailFrom === null)) {
    throw new ConfigError('COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM: set both, or neither')
  }
  const url = new URL(origin)
  const engine = engineOf(settings)
  if (typeof engine === 'string') throw new ConfigError(engine)
  return {
    ...settings,
    origin,
    rpId: url.hostname,
    port: port ?? Number(url.port || (url.protocol === 'https:' ? 8787 : 80)),
    mail: smtpUrl !== null && mailFrom !== null ? { smtpUrl, from: mailFrom } : null,
    engine,
  }
}
