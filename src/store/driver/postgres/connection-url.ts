/**
 * Reads a PostgreSQL URL as libpq does: several hosts, socket directories, IPv6 literals, parameters. A parameter that
 * the driver cannot honour is refused by name, never ignored. PostgreSQL 34.1.1.
 */
import type postgres from 'postgres'

/** Says what is wrong with the URL. Never repeats a password. */
export class ConnectionUrlError extends Error {
  override readonly name = 'ConnectionUrlError'
}

type Options = NonNullable<Parameters<typeof postgres>[1]>

/** Throws `ConnectionUrlError`. */
export function parseConnectionUrl(url: string): Options {
  const [, login = '', hosts = '', name = '', query = ''] =
    /^postgres(?:ql)?:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(url) ?? fail('This is no URL')
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/s.exec(login) ?? []
  const given: Record<string, string> = Object.fromEntries(hostsIn(hosts))
  if (name !== '') given['dbname'] = decode(name)
  if (user !== '') given['user'] = decode(user)
  if (password !== undefined) given['password'] = decode(password)
  for (const part of query.split('&').filter((one) => one !== '')) {
    const [parameter = '', ...value] = part.split('=')
    given[decode(parameter)] = decode(value.join('='))
  }
  return optionsOf(given)
}

function hostsIn(text: string): readonly (readonly [string, string])[] {
  if (text === '') return []
  const each = text
    .split(',')
    .map((host) => /^(\[[^\]]+\]|[^:]*)(?::(\d*))?$/.exec(host) ?? fail('A host is malformed'))
  const hosts = each.map(([, host = '']) => decode(host.replace(/^\[(.*)\]$/, '$1')))
  const ports = each.map(([, , port = '']) => port)
  return [['host', hosts.join()], ...(ports.some((port) => port !== '') ? [['port', ports.join()] as const] : [])]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return fail('It holds a % that begins no escape: write %25')
  }
}

function fail(reason: string): never {
  throw new ConnectionUrlError(reason)
}

type Parameter = (value: string, name: string) => Partial<Options>

const nothing = {}
/** Accepts these values, which ask for what happens anyway. */
const only =
  (...values: readonly string[]): Parameter =>
  (value, name) =>
    values.includes(value)
      ? nothing
      : fail(`${name}=${value} is not supported. Leave it out, or use ${values.join(' or ')}`)
const inSession: Parameter = (value, name) => ({ connection: { [name]: value } })
const seconds =
  (option: 'connect_timeout' | 'keep_alive'): Parameter =>
  (value, name) =>
    /^\d{1,6}$/.test(value)
      ? Number(value) > 0
        ? { [option]: Number(value) }
        : nothing
      : fail(`${name} must be seconds`)

const SESSION_KINDS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const

const PARAMETERS: Readonly<Record<string, Parameter>> = {
  dbname: (database) => ({ database }),
  user: (user) => ({ user }),
  password: (password) => ({ password }),
  connect_timeout: seconds('connect_timeout'),
  keepalives_idle: seconds('keep_alive'),
  application_name: inSession,
  options: inSession,
  target_session_attrs: (value) => {
    const kind = SESSION_KINDS.find((one) => one === value) ?? fail(`target_session_attrs=${value} is unknown`)
    return kind === 'any' ? nothing : { target_session_attrs: kind }
  },
  // The order in which hosts are tried is the order given.
  load_balance_hosts: only('disable'),
  client_encoding: only('UTF8', 'utf8', 'auto'),
  gssencmode: only('disable', 'prefer'),
  sslcompression: only('0'),
  sslsni: only('1'),
  keepalives: only('1'),
}

/** Those that are read together: where to connect, and how the connection is protected. */
const TOGETHER = ['host', 'hostaddr', 'port', 'sslmode', 'sslrootcert', 'channel_binding']

const HINTS: Readonly<Record<string, string>> = {
  sslcert: 'Client certificates are not supported. Use a password.',
  sslkey: 'Client certificates are not supported. Use a password.',
  pgbouncer: 'Leave it out, and name the server behind the pooler in COUNTERSIGN_DATABASE_DIRECT_URL.',
  schema: 'Leave it out. ALTER ROLE … SET search_path names a schema.',
}

function optionsOf(given: Readonly<Record<string, string>>): Options {
  const parts = Object.entries(given)
    .filter(([name]) => !TOGETHER.includes(name))
    .map(([name, value]) => {
      const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined
      return (
        parameter?.(value, name) ?? fail(`The parameter ${name} is not supported. ${HINTS[name] ?? 'Leave it out.'}`)
      )
    })
  const connection = Object.assign({}, ...parts.map((part) => part.connection))
  return Object.assign({}, ...parts, { connection }, addressOf(given), { ssl: protectionOf(given) })
}

/** The driver takes lists of hosts and ports; its type of options does not say so. */
type Address = { readonly path: string } | { readonly host: readonly string[]; readonly port: readonly number[] }

function addressOf({ host = '', hostaddr, port = '' }: Readonly<Record<string, string>>): Address {
  const hosts = (hostaddr ?? host).split(',').map((one) => one || 'localhost')
  const given = port.split(',').map((one) => (one === '' ? 5432 : portOf(one)))
  const ports = hosts.map((_, at) => given[given.length === 1 ? 0 : at] ?? fail('Give one port, or one for each host'))
  const [first = ''] = hosts
  if (!first.startsWith('/')) {
    return hosts.some((one) => one.startsWith('/'))
      ? fail('A socket directory stands alone')
      : { host: hosts, port: ports }
  }
  if (hosts.length > 1) fail('A socket directory stands alone')
  return { path: `${first}/.s.PGSQL.${ports[0]}` }
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : fail('A port is a number from 1 to 65535')
}

/**
 * The driver has no channel binding. Where it is required, the certificate is verified instead: both keep a machine in
 * the middle out.
 */
function protectionOf(given: Readonly<Record<string, string>>): NonNullable<Options['ssl']> {
  const { sslrootcert, channel_binding: binding = 'prefer' } = given
  if (sslrootcert !== undefined && sslrootcert !== 'system') {
    return fail('sslrootcert names a file. Name it in NODE_EXTRA_CA_CERTS instead, and set sslmode=verify-full.')
  }
  if (!['disable', 'prefer', 'require'].includes(binding)) return fail(`channel_binding=${binding} is unknown`)
  const mode =
    given['sslmode'] ?? (sslrootcert === 'system' ? 'verify-full' : binding === 'require' ? 'require' : 'disable')
  if (binding === 'require' && mode === 'disable')
    return fail('channel_binding=require needs TLS: set sslmode=require.')
  if (binding === 'require') return 'verify-full'
  switch (mode) {
    case 'disable':
      return false
    case 'allow':
    case 'prefer':
    case 'require':
    case 'verify-full':
      return mode
    case 'verify-ca':
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined }
    default:
      return fail(`sslmode=${mode} is unknown`)
  }
}
