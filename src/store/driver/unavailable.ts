/**
 * Errors of an absent, exhausted or misconfigured database, in words for the operator: what is wrong, and what to do.
 * Any other error is a bug, or a conflict that the verb expects, and passes unchanged.
 */
import { StoreUnavailable } from '../../domain/refusal.ts'

/** SQLSTATE codes, then those of sockets and drivers. The first that matches counts. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^28P01$/, 'PostgreSQL refused the password. Correct the user and password in DATABASE_URL.'],
  [/^28/, 'PostgreSQL does not let this role in from here. Check the user in DATABASE_URL, and pg_hba.conf.'],
  [/^3D000$/, 'The database does not exist. Create it, or correct its name in DATABASE_URL.'],
  [/^(53100|ENOSPC)$/, 'The disk of the database is full, and nothing can be written. Free space on it.'],
  [/^53300$/, 'PostgreSQL has no free connection. Raise max_connections, run fewer processes, or use a pooler.'],
  [/^53/, 'PostgreSQL has run out of memory or another resource.'],
  [/^57014$/, 'A statement took too long and was ended. Try again.'],
  [/^57P03$/, 'PostgreSQL is starting, stopping or recovering. Try again.'],
  [/^(57|25P03)/, 'PostgreSQL ended the connection. Try again.'],
  [/^58/, 'PostgreSQL cannot read or write its files. See its log.'],
  [/^55P03$/, 'A lock is held for too long. Try again.'],
  [/^25006$/, 'This PostgreSQL server is read-only. Name the primary in DATABASE_URL.'],
  [/^(40001|40P01)$/, 'Other transactions won each time. Try again.'],
  [/^ECONNREFUSED$/, 'Nothing listens at the address in DATABASE_URL. Start PostgreSQL, or correct host and port.'],
  [/^ENOENT$/, 'There is no socket in the directory that DATABASE_URL names. Start PostgreSQL, or correct it.'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'The host name in DATABASE_URL cannot be resolved. Correct it.'],
  [
    /^(CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    'PostgreSQL cannot be reached. Check host, port and network.',
  ],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_\w+)$/,
    'The certificate of PostgreSQL cannot be verified. Name its authority in NODE_EXTRA_CA_CERTS.',
  ],
  [/^(08|CONNECT|ECONN|EPIPE|CLOSED)/, 'The connection to the database was lost. Try again.'],
]

/** A pooler reports all that it refuses as a protocol violation. */
const POOLER = '08P01'

/** A `StoreUnavailable` for errors of the database itself; other errors unchanged. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof StoreUnavailable) return error
  const code = codeOf(error)
  const words = code === POOLER ? wordsOfPooler(error) : WORDS.find(([codes]) => codes.test(code))?.[1]
  return words === undefined ? error : new StoreUnavailable(`${words} (${code})`, { cause: error })
}

function wordsOfPooler(error: unknown): string {
  const said = error instanceof Error ? error.message : ''
  const hint = /startup parameter/.test(said)
    ? 'Name the server behind the pooler in COUNTERSIGN_DATABASE_DIRECT_URL.'
    : 'See the log of the pooler.'
  return `PostgreSQL, or a pooler before it, refused the connection: ${said}. ${hint}`
}

/** Whether a statement was ended for its time limit. */
export const isTooSlow = (error: unknown): boolean =>
  error instanceof StoreUnavailable && codeOf(error.cause) === '57014'

export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}
