/** PostgreSQL URLs are read as libpq reads them; what cannot be honoured is refused by name. */
import { describe, expect, it } from 'vitest'
import { ConnectionUrlError, parseConnectionUrl } from '../../src/store/driver/postgres/connection-url.ts'

const local = { host: ['localhost'], port: [5432], ssl: false, connection: {} }

describe('a PostgreSQL URL', () => {
  it.each([
    ['postgres://', local],
    ['postgresql://db.example/app', { ...local, host: ['db.example'], database: 'app' }],
    ['postgres://ada@db:6000/app', { ...local, host: ['db'], port: [6000], user: 'ada', database: 'app' }],
    ['postgres://ada:p%40ss%2F@db', { ...local, host: ['db'], user: 'ada', password: 'p@ss/' }],
    ['postgres://ada:p@ss#1@db', { ...local, host: ['db'], user: 'ada', password: 'p@ss#1' }],
    ['postgres://[::1]:6000/app', { ...local, host: ['::1'], port: [6000], database: 'app' }],
    ['postgres://[fe80::1]', { ...local, host: ['fe80::1'] }],
    ['postgres://a,b:6000,[::1]/app', { ...local, host: ['a', 'b', '::1'], port: [5432, 6000, 5432], database: 'app' }],
    ['postgres:///app?host=a,b&port=6000', { ...local, host: ['a', 'b'], port: [6000, 6000], database: 'app' }],
    ['postgres:///app?hostaddr=192.0.2.1', { ...local, host: ['192.0.2.1'], database: 'app' }],
    ['postgres:///app?dbname=other&user=ada', { ...local, database: 'other', user: 'ada' }],
    ['postgres://db?application_name=x%20y', { ...local, host: ['db'], connection: { application_name: 'x y' } }],
    ['postgres://db?options=-c%20geqo%3Doff', { ...local, host: ['db'], connection: { options: '-c geqo=off' } }],
    [
      'postgres://a,b?target_session_attrs=read-write',
      { ...local, host: ['a', 'b'], port: [5432, 5432], target_session_attrs: 'read-write' },
    ],
    [
      'postgres://db?connect_timeout=3&keepalives_idle=9',
      { ...local, host: ['db'], connect_timeout: 3, keep_alive: 9 },
    ],
    ['postgres://db?sslmode=require', { ...local, host: ['db'], ssl: 'require' }],
    ['postgres://db?sslmode=require&channel_binding=prefer', { ...local, host: ['db'], ssl: 'require' }],
    // No channel binding in the driver: the certificate is verified instead.
    ['postgres://db?sslmode=require&channel_binding=require', { ...local, host: ['db'], ssl: 'verify-full' }],
    ['postgres://db?channel_binding=require', { ...local, host: ['db'], ssl: 'verify-full' }],
    ['postgres://db?sslmode=verify-full', { ...local, host: ['db'], ssl: 'verify-full' }],
    ['postgres://db?sslrootcert=system', { ...local, host: ['db'], ssl: 'verify-full' }],
    ['postgres://db?gssencmode=prefer&client_encoding=UTF8&load_balance_hosts=disable', { ...local, host: ['db'] }],
  ])('%s', (url, expected) => {
    expect(parseConnectionUrl(url)).toEqual(expected)
  })

  it.each([
    ['postgres:///app?host=/run/postgresql', '/run/postgresql/.s.PGSQL.5432'],
    ['postgres://%2Frun%2Fpostgresql:6000/app', '/run/postgresql/.s.PGSQL.6000'],
  ])('%s leads to a socket', (url, path) => {
    expect(parseConnectionUrl(url)).toEqual({ path, database: 'app', ssl: false, connection: {} })
  })

  it('takes verify-ca for what it says: any name, from an authority that is known', () => {
    expect(parseConnectionUrl('postgres://db?sslmode=verify-ca').ssl).toMatchObject({ rejectUnauthorized: true })
  })

  it.each([
    ['postgres://db?sslcert=a.pem', /sslcert is not supported/],
    ['postgres://db?sslrootcert=/etc/ca.pem', /NODE_EXTRA_CA_CERTS/],
    ['postgres://db?sslmode=strict', /sslmode=strict is unknown/],
    ['postgres://db?sslmode=disable&channel_binding=require', /needs TLS/],
    ['postgres://db?channel_binding=yes', /channel_binding=yes is unknown/],
    ['postgres://db?gssencmode=require', /gssencmode=require is not supported/],
    ['postgres://db?client_encoding=LATIN1', /client_encoding=LATIN1/],
    ['postgres://db?service=prod', /service is not supported/],
    ['postgres://db?passfile=x', /passfile is not supported/],
    ['postgres://db?pgbouncer=true', /COUNTERSIGN_DATABASE_DIRECT_URL/],
    ['postgres://db?schema=app', /search_path/],
    ['postgres://db?constructor=1', /constructor is not supported/],
    ['postgres://db?target_session_attrs=leader', /leader is unknown/],
    ['postgres://db?connect_timeout=soon', /connect_timeout must be seconds/],
    ['postgres://db:65536', /port is a number/],
    ['postgres://a,b,c?port=1,2', /one port/],
    ['postgres://::1/app', /host is malformed/],
    ['postgres:///?host=/run/a,b', /stands alone/],
    ['postgres://ada:100%@db', /%25/],
    ['mysql://db/app', /no URL/],
  ])('%s is refused in words', (url, reason) => {
    expect(() => parseConnectionUrl(url)).toThrow(ConnectionUrlError)
    expect(() => parseConnectionUrl(url)).toThrow(reason)
  })

  it('repeats no password', () => {
    expect(() => parseConnectionUrl('postgres://ada:secret%@db')).toThrow(/^(?!.*secret)/)
  })
})
