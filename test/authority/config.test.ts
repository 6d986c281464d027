/** Configuration: sensible without any, and refused, by name, for whatever is unknown, wrong or weak. */
import { describe, expect, it } from 'vitest'
import { ConfigError, parseConfig } from '../../src/authority/config.ts'

const refusalOf = (environment: Record<string, string>): string => {
  try {
    parseConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return error instanceof Error ? error.message : ''
  }
  return 'accepted'
}

describe('the configuration', () => {
  it('sends mail where both the server and the sender are set, or not at all', () => {
    const server = { COUNTERSIGN_SMTP_URL: 'smtp://mail.example:587' }
    const sender = { COUNTERSIGN_MAIL_FROM: 'countersign@authority.example' }
    expect(parseConfig({}).mail).toBeNull()
    expect(parseConfig({ ...server, ...sender }).mail).toEqual({
      smtpUrl: 'smtp://mail.example:587',
      from: 'countersign@authority.example',
    })
    for (const half of [server, sender]) expect(refusalOf(half)).toMatch(/set both, or neither/)
  })

  it('needs nothing', () => {
    expect(parseConfig({})).toMatchObject({
      origin: 'http://localhost:8787',
      rpId: 'localhost',
      port: 8787,
      databaseUrl: null,
      signingAlg: 'ES256',
      tokenTtlSeconds: 120,
      selfApproval: false,
      logLevel: 'info',
    })
  })

  it('has the port in the origin where only the port is set', () => {
    const config = parseConfig({ COUNTERSIGN_PORT: '8795' })
    expect(config).toMatchObject({ origin: 'http://localhost:8795', port: 8795 })
  })

  it('reads its own variables, and leaves others alone', () => {
    const config = parseConfig({
      COUNTERSIGN_ORIGIN: 'https://approve.example',
      COUNTERSIGN_TOKEN_TTL_SECONDS: '60',
      COUNTERSIGN_SELF_APPROVAL: 'true',
      COUNTERSIGN_URL: 'https://approve.example',
      DATABASE_URL: 'postgres://user:secret@db/countersign',
      PATH: '/usr/bin',
      COUNTER: '1',
    })
    expect(config).toMatchObject({
      origin: 'https://approve.example',
      rpId: 'approve.example',
      tokenTtlSeconds: 60,
      selfApproval: true,
      databaseUrl: 'postgres://user:secret@db/countersign',
    })
  })

  it('names every unknown setting', () => {
    const refusal = refusalOf({ COUNTERSIGN_ORIGN: 'https://a.example', COUNTERSIGN_PORT_NUMBER: '1' })
    expect(refusal).toMatch(/COUNTERSIGN_ORIGN, COUNTERSIGN_PORT_NUMBER: unknown setting/)
  })

  it.each([
    ['COUNTERSIGN_ORIGIN', 'http://approve.example'],
    ['COUNTERSIGN_ORIGIN', 'https://approve.example/'],
    ['COUNTERSIGN_ORIGIN', 'https://approve.example/path'],
    ['COUNTERSIGN_ORIGIN', 'https://user:pass@approve.example'],
    ['COUNTERSIGN_ORIGIN', 'http://127.0.0.1:8787'],
    ['COUNTERSIGN_ORIGIN', 'http://evil-localhost:8787'],
    ['COUNTERSIGN_TOKEN_TTL_SECONDS', '601'],
    ['COUNTERSIGN_TOKEN_TTL_SECONDS', '0'],
    ['COUNTERSIGN_TOKEN_TTL_SECONDS', 'soon'],
    ['COUNTERSIGN_TOKEN_TTL_SECONDS', '1.5'],
    ['COUNTERSIGN_REQUEST_TTL_SECONDS', '9'],
    ['COUNTERSIGN_SESSION_TTL_SECONDS', '604801'],
    ['COUNTERSIGN_SELF_APPROVAL', 'yes'],
    ['COUNTERSIGN_SELF_APPROVAL', 'TRUE'],
    ['COUNTERSIGN_SIGNING_ALG', 'HS256'],
    ['COUNTERSIGN_SIGNING_ALG', 'none'],
    ['COUNTERSIGN_OPERATOR_CREDENTIAL', 'cs_operator_short'],
    ['COUNTERSIGN_OPERATOR_CREDENTIAL', `cs_agent_${'A'.repeat(43)}`],
    ['COUNTERSIGN_PORT', '65536'],
    ['COUNTERSIGN_LOG_LEVEL', 'verbose'],
    ['COUNTERSIGN_PENDING_PER_AGENT', '0'],
    ['COUNTERSIGN_NAME', ''],
    ['DATABASE_URL', 'mysql://db/countersign'],
    ['DATABASE_URL', 'not a url'],
  ])('refuses %s=%s, by name', (name, value) => {
    expect(refusalOf({ [name]: value })).toMatch(new RegExp(`^${name}: `))
  })

  it.each([
    ['https://192.0.2.1', /host name: passkeys belong to a name/],
    ['https://192.0.2.1:8443', /host name/],
    ['https://[2001:db8::1]', /host name/],
    ['https://3221225985', /origin alone|host name/],
    ['http://192.0.2.1', /must be https.*\n.*host name/],
    ['http://127.0.0.1:8787', /must be https, or http on localhost/],
    ['http://approve.internal', /must be https, or http on localhost: browsers offer passkeys nowhere else/],
    ['approve.example', /must be an origin, such as/],
    ['approve.example:8787', /must be an origin, such as/],
    ['ftp://approve.example', /must be an origin, such as/],
  ])('gives the reason against the origin %s', (origin, reason) => {
    expect(refusalOf({ COUNTERSIGN_ORIGIN: origin })).toMatch(reason)
  })

  const NUMBERS = [
    'PORT',
    'TOKEN_TTL_SECONDS',
    'REQUEST_TTL_SECONDS',
    'SESSION_TTL_SECONDS',
    'AGENT_REQUESTS_PER_MINUTE',
    'AGENT_CALLS_PER_MINUTE',
    'AGENT_BYTES_PER_MINUTE',
    'EXECUTOR_CALLS_PER_MINUTE',
    'EXECUTOR_BYTES_PER_MINUTE',
    'APPROVER_CALLS_PER_MINUTE',
    'ANONYMOUS_CALLS_PER_MINUTE',
    'PENDING_PER_AGENT',
    'PENDING_PER_GROUP',
    'RETENTION_DAYS',
    'OUTCOME_WITHIN_SECONDS',
    'ESCALATE_AFTER_SECONDS',
    'RING_LIMIT',
    'POLICY_TIMEOUT_MS',
    'DIRECTORY_CALLS_PER_MINUTE',
    'MAX_AGENT_CHAIN',
  ].map((name) => `COUNTERSIGN_${name}`)
  /** One that it takes. */
  const fitting = (name: string) => (name.endsWith('MAX_AGENT_CHAIN') ? '7' : '100')

  it.each(NUMBERS)('takes %s in decimal digits alone', (name) => {
    expect(refusalOf({ [name]: fitting(name) })).not.toMatch(/whole number/)
    for (const value of ['0x64', '1e2', '1_0', '+10', ' 10', '10.0', '-1', '', '١٠']) {
      expect(refusalOf({ [name]: value })).toMatch(new RegExp(`^${name}: must be a whole number`))
    }
  })

  it('knows all its numbers here', () => {
    const config = Object.values(parseConfig(Object.fromEntries(NUMBERS.map((name) => [name, fitting(name)]))))
    expect(config.filter((value) => typeof value === 'number')).toHaveLength(NUMBERS.length)
  })

  it('says a line each, and repeats no secret', () => {
    const secret = 'cs_operator_this-is-a-secret'
    const refusal = refusalOf({ COUNTERSIGN_OPERATOR_CREDENTIAL: secret, COUNTERSIGN_PORT: '-1' })
    expect(refusal.split('\n')).toHaveLength(2)
    expect(refusal).not.toContain('this-is-a-secret')
  })

  it.each(['http://localhost', 'http://localhost:3000', 'http://app.localhost:8787', 'https://approve.example:8443'])(
    'takes %s',
    (origin) => {
      expect(parseConfig({ COUNTERSIGN_ORIGIN: origin }).origin).toBe(origin)
    },
  )
})

describe('an outside policy engine', () => {
  const engine = {
    COUNTERSIGN_POLICY_ENGINE: 'authzen',
    COUNTERSIGN_POLICY_URL: 'https://pdp.example/access/v1/evaluation',
  }

  it('is one setting and a URL', () => {
    expect(parseConfig(engine).engine).toMatchObject({
      dialect: 'authzen',
      timeoutMs: 1000,
      terms: null,
      credential: null,
    })
    expect(parseConfig({}).engine).toBeNull()
  })

  it.each([
    ['COUNTERSIGN_POLICY_ENGINE', 'cedar'],
    ['COUNTERSIGN_POLICY_URL', 'http://pdp.example/'],
    ['COUNTERSIGN_POLICY_URL', 'https://user:secret@pdp.example/'],
    ['COUNTERSIGN_POLICY_URL', 'ftp://localhost/'],
    ['COUNTERSIGN_POLICY_URL', 'pdp'],
    ['COUNTERSIGN_POLICY_CREDENTIAL', 'two words'],
    ['COUNTERSIGN_POLICY_REQUEST', '{"subject":"$/passwords"}'],
    ['COUNTERSIGN_POLICY_REQUEST', '[]'],
    ['COUNTERSIGN_POLICY_REQUEST', '{"subject":1,"subject":2}'],
    ['COUNTERSIGN_POLICY_CONTEXT', 'yes'],
    ['COUNTERSIGN_POLICY_TERMS', 'context.terms'],
    ['COUNTERSIGN_POLICY_VERSION', '/a~'],
    ['COUNTERSIGN_POLICY_TIMEOUT_MS', '10'],
  ])('refuses %s of %s', (name, value) => {
    const refusal = refusalOf({ ...engine, [name]: value })
    expect(refusal).toContain(`${name}: `)
    expect(refusal).not.toContain('secret')
  })

  it('refuses what belongs to an engine where there is none, and an engine without its URL', () => {
    for (const [name, value] of Object.entries({ ...engine, COUNTERSIGN_POLICY_TERMS: '/terms' }).slice(1)) {
      expect(refusalOf({ [name]: value })).toContain('COUNTERSIGN_POLICY_ENGINE: set it')
    }
    expect(refusalOf({ COUNTERSIGN_POLICY_ENGINE: 'opa' })).toContain('COUNTERSIGN_POLICY_URL: set it')
  })

  it('takes plain http from this machine alone', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect(
        parseConfig({ ...engine, COUNTERSIGN_POLICY_URL: `http://${host}:8181/v1/data/rules` }).engine,
      ).not.toBeNull()
    }
  })
})
