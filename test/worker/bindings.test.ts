/** What Workers binds, made into a configuration; and the log that it collects. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../src/authority/config.ts'
import { generateVapidKey } from '../../src/authority/notify/notify-keys.ts'
import { generateLogKey } from '../../src/domain/ledger/log-key.ts'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { configOf, databaseUrlOf } from '../../src/worker/bindings.ts'
import { createConsoleLog } from '../../src/worker/console-log.ts'

const HYPERDRIVE = { connectionString: 'postgres://user:password@hyperdrive.local/db' }
const key = await generateSigningKey('EdDSA')
const { d: secret, ...publicKey } = key
const logKey = await generateLogKey()
const COUNTERSIGN_LOG_KEY = JSON.stringify(logKey)
const vapid = await generateVapidKey()
const telling = {
  COUNTERSIGN_VAPID_KEYS: JSON.stringify(vapid),
  COUNTERSIGN_WEBHOOK_KEY: JSON.stringify(await generateLogKey()),
}
const jwks = (...keys: object[]) => JSON.stringify({ keys })

describe('the bindings of a Worker', () => {
  it('are settings, also where a variable is a number or a truth value', async () => {
    const settings = { COUNTERSIGN_TOKEN_TTL_SECONDS: 30, COUNTERSIGN_SELF_APPROVAL: true }
    const secrets = { COUNTERSIGN_SIGNING_KEYS: jwks(key), COUNTERSIGN_LOG_KEY, ...telling }
    const { config, vault, logKey: held, notifyJwks } = configOf({ HYPERDRIVE, ...secrets, ...settings })
    expect(held).toEqual(logKey)
    expect(notifyJwks.vapid).toEqual(vapid)
    expect(config).toMatchObject({ tokenTtlSeconds: 30, selfApproval: true })
    expect(await vault.load()).toEqual([key])
    expect(vault.keep).toBeUndefined()
  })

  it.each([
    ['no keys', {}],
    ['an empty set', { COUNTERSIGN_SIGNING_KEYS: jwks() }],
    ['a key that is not in a set', { COUNTERSIGN_SIGNING_KEYS: JSON.stringify(key) }],
    ['something cut short', { COUNTERSIGN_SIGNING_KEYS: jwks(key).slice(0, -1) }],
    ['a public key', { COUNTERSIGN_SIGNING_KEYS: jwks(publicKey) }],
    ['no key for the log', { COUNTERSIGN_SIGNING_KEYS: jwks(key) }],
    [
      'a public key for the log',
      { COUNTERSIGN_SIGNING_KEYS: jwks(key), COUNTERSIGN_LOG_KEY: JSON.stringify(publicKey) },
    ],
    ['no key for push', { COUNTERSIGN_SIGNING_KEYS: jwks(key), COUNTERSIGN_LOG_KEY }],
    [
      'no key for webhooks',
      {
        COUNTERSIGN_SIGNING_KEYS: jwks(key),
        COUNTERSIGN_LOG_KEY,
        COUNTERSIGN_VAPID_KEYS: telling.COUNTERSIGN_VAPID_KEYS,
      },
    ],
    ['a setting nobody knows', { COUNTERSIGN_SIGNING_KEYS: jwks(key), COUNTERSIGN_TTL: '30' }],
  ])('are refused with %s, without repeating a secret', (_, settings) => {
    const reading = () => configOf({ HYPERDRIVE, ...settings })
    expect(reading).toThrow(ConfigError)
    expect(reading).toThrow(/^COUNTERSIGN_\w+: ./)
    expect(reading).not.toThrow(String(secret))
  })

  it('are refused without a Hyperdrive', () => {
    expect(databaseUrlOf({ HYPERDRIVE })).toBe(HYPERDRIVE.connectionString)
    expect(() => databaseUrlOf({})).toThrow(ConfigError)
  })
})

describe('the log of a Worker', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is a JSON object a line, from the level on, with secrets blanked', () => {
    const printed = vi.spyOn(console, 'warn').mockReturnValue()
    const silent = vi.spyOn(console, 'info').mockReturnValue()
    const log = createConsoleLog('warn')
    log.info('http')
    log.warn('odd', { trace: 'abc', token: 'ey…', deep: { secret: 'x' } })
    expect(silent).not.toHaveBeenCalled()
    expect(JSON.parse(String(printed.mock.calls[0]?.[0]))).toMatchObject({
      level: 'warn',
      event: 'odd',
      trace: 'abc',
      token: '[redacted]',
      deep: { secret: '[redacted]' },
    })
  })
})
