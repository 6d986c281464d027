/** What signals read in the arguments of a call: which text is what, who is given access, how many, how much, secrets. */
import type { JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import type { CatalogueArgument } from '../../../../src/domain/identity/parties.ts'
import { findingsOf, readSignals, signalsOf } from '../../../../src/domain/policy/signals/read-signals.ts'
import type { Flag } from '../../../../src/domain/policy/signals/signals.ts'

const read = (given: JsonObject, name = 'tool.call', listed: readonly CatalogueArgument[] = []) =>
  signalsOf({ name, arguments: given, entry: { name, effect: 'write', arguments: listed } })

async function expectFlag(flag: Flag, given: JsonObject, wanted = true, name?: string) {
  expect({ given, [flag]: (await read(given, name))[flag] }).toEqual({ given, [flag]: wanted })
}

describe('a call without anything to see', () => {
  it('has every signal, unset', async () => {
    const { count, payment_amount, payment_currency, payment_recipient, ...flags } = await read({
      title: 'Hello',
      n: 5,
    })
    expect({ count, payment_amount, payment_currency, payment_recipient }).toEqual({
      count: 1,
      payment_amount: 0,
      payment_currency: '',
      payment_recipient: '',
    })
    expect(Object.values(flags).filter(Boolean)).toEqual([])
    expect(Object.keys(flags)).toHaveLength(26)
  })
})

describe('which text is read as what', () => {
  const drop = 'DROP TABLE users'
  const remove = 'rm -rf build'

  it.each(['sql', 'SQL', 'sqlQuery', 'sql_statement', 'statement', 'rawSql', 'ＳＱＬ', 'note', 'x'])(
    'SQL in %s',
    async (name) => {
      await expectFlag('sql_drop', { [name]: drop })
    },
  )

  it.each(['command', 'cmd', 'script', 'shellCommand', 'command-line', 'run', 'note'])('shell in %s', async (name) => {
    await expectFlag('shell_delete', { [name]: remove })
  })

  it('reads deep, in lists and in members that lists hold', async () => {
    await expectFlag('sql_drop', { steps: [{ do: [{ sql: ['SELECT 1', drop] }] }] })
    await expectFlag('shell_delete', { steps: [{ commands: ['ls', remove] }] })
  })

  it('reads members with ambiguous names as the action’s name tells', async () => {
    await expectFlag('unparsed', { input: 'not a statement' }, true, 'db.query')
    await expectFlag('unparsed', { input: 'not a statement' }, false, 'forum.post')
    await expectFlag('shell_delete', { input: 'make; rm -rf build' }, true, 'bash.execute')
    await expectFlag('shell_delete', { input: 'make; rm -rf build' }, false, 'forum.post')
  })

  it('reads a command that is a list of words, which no shell expands', async () => {
    await expectFlag('shell_delete', { command: ['rm', '-rf', 'a b'] })
    await expectFlag('disaster', { argv: ['sudo', 'sh', '-c', 'rm -rf /'] })
    await expectFlag('disaster', { command: 'rm', args: ['-rf', '/'] })
    await expectFlag('disaster', { server: { Command: '/bin/bash', Args: ['-lc', 'rm -rf /'] } })
    await expectFlag('unparsed', { command: ['git', 'commit', '-m', 'it’s $(x'] }, false)
    await expectFlag('disaster', { command: ['ls', 'rm -rf /'] })
    await expectFlag('unparsed', { command: [`rm\${IFS}-rf\${IFS}/`] })
  })

  it('follows the catalogue before any name', async () => {
    const is = async (language: CatalogueArgument['language'], text: string) =>
      read({ data: { x: text } }, 'tool.call', [{ name: 'data', language }])
    expect((await is('sql', 'nonsense')).unparsed).toBe(true)
    expect((await is('shell', 'echo "')).unparsed).toBe(true)
    expect((await is('text', drop)).sql_drop).toBe(false)
    expect((await is('text', remove)).shell_delete).toBe(false)
    const postgres = "SELECT a #>> $1 FROM t WHERE b = E'\\n'"
    expect((await is('postgresql', postgres)).unparsed).toBe(false)
    expect((await is('sql', postgres)).unparsed).toBe(true)
  })

  it('never hides a harm in one text behind another', async () => {
    await expectFlag('sql_drop', { sql: 'nonsense', note: drop })
    await expectFlag('unparsed', { note: `${drop}; SELECT \`x\`` }, true)
  })
})

describe('the budget', () => {
  it('leaves what is long, many or deep unparsed', async () => {
    await expectFlag('unparsed', { sql: `SELECT 1${' '.repeat(8 * 1024)}` })
    await expectFlag('unparsed', { statements: Array.from({ length: 1000 }, () => 'SELECT 1, 2, 3') })
    await expectFlag('unparsed', { command: `ls ${'x '.repeat(8 * 1024)}` })
    await expectFlag('unparsed', { commands: Array.from({ length: 2000 }, () => 'ls -la; ls -la') })
    await expectFlag('unparsed', { list: Array.from({ length: 4000 }, () => 0) })
    await expectFlag('unparsed', { command: `${'bash -c "$('.repeat(50)}ls${')"'.repeat(50)}` })
  })

  it('is spent by texts that are parsed alone', async () => {
    await expectFlag('unparsed', { body: 'word '.repeat(10_000) }, false)
  })

  it('counts SQL as unparsed where it cannot be parsed at all', () => {
    const query = { name: 'tool.call', arguments: { sql: 'SELECT 1' }, entry: undefined }
    expect(readSignals(query, null)).toMatchObject({ sql: true, unparsed: true })
  })
})

describe('access for everyone', () => {
  it.each<JsonObject>([
    { members: ['allUsers'] },
    { member: 'ALLUSERS' },
    { bindings: [{ role: 'roles/viewer', members: ['user:a@example.org', 'allAuthenticatedUsers'] }] },
    { acl: 'public-read' },
    { cidr: '0.0.0.0/0' },
    { ingress: [{ cidrIp: '::/0' }] },
    { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }] },
    { Principal: { AWS: '*' } },
    { visibility: 'public' },
    { visibility: ' Public ' },
    { visibility: 'pub\u200blic' },
    { visibility: 'ｐｕｂｌｉｃ' },
    { share_with: 'anyone' },
    { type: 'anyoneWithLink' },
    { public: true },
    { publiclyAccessible: true },
    { allow_unauthenticated: true },
    { grantee: 'system:anonymous' },
    { to: '@everyone' },
  ])('%j', (given) => expectFlag('grant_everyone', given))

  it.each<JsonObject>([
    { members: ['user:ada@example.org'] },
    { visibility: 'private' },
    { title: 'public' },
    { body: 'everyone is welcome' },
    { public: false },
    { cidr: '10.0.0.0/8' },
    { host: '0.0.0.0' },
    { name: 'All hands' },
  ])('not %j', (given) => expectFlag('grant_everyone', given, false))
})

describe('mass operations', () => {
  it('counts elements, recipients and numbers that say how many', async () => {
    const many = Array.from({ length: 21 }, (_, at) => `user${at}@example.org`)
    expect(await read({ ids: many })).toMatchObject({ count: 21, mass: true })
    expect(await read({ to: many.join(', ') })).toMatchObject({ count: 21, mass: true })
    expect(await read({ cc: many.join(';') })).toMatchObject({ count: 21 })
    expect(await read({ body: many.join(', ') })).toMatchObject({ count: 1, mass: false })
    expect(await read({ ids: many.slice(1) })).toMatchObject({ count: 20, mass: false })
    expect(await read({ quantity: 500 })).toMatchObject({ count: 500, mass: true })
    expect(await read({ number: 4711 })).toMatchObject({ count: 1, mass: false })
  })

  it.each<JsonObject>([
    { pattern: '*' },
    { path: '/**' },
    { filter: ' .* ' },
    { target: 'ALL' },
    { ids: ['*'] },
    { all: true },
    { deleteAll: true },
  ])('sees a wildcard in %j', async (given) => expect(await read(given)).toMatchObject({ wildcard: true, mass: true }))

  it.each<JsonObject>([{ body: '*' }, { title: 'all' }, { path: 'src/*.ts' }, { all: false }])(
    'sees none in %j',
    (given) => expectFlag('wildcard', given, false),
  )
})

describe('payments', () => {
  const paid = (payment_amount: number, payment_currency: string, payment_recipient = '') => ({
    payment: true,
    unparsed: false,
    payment_amount,
    payment_currency,
    payment_recipient,
  })

  it.each<[JsonObject, number, string, string?]>([
    [{ amount: 12, currency: 'EUR', iban: 'DE1' }, 1200, 'EUR', 'DE1'],
    [{ amount: '12.50', currency: 'eur', to: 'bob' }, 1250, 'EUR', 'bob'],
    [{ amount: 12.5, currency: 'USD' }, 1250, 'USD'],
    [{ amount: 0, currency: 'EUR', to: 'bob' }, 0, 'EUR', 'bob'],
    [{ amount: '0.00', currency: 'EUR' }, 0, 'EUR'],
    [{ amount_cents: 0, currency: 'EUR' }, 0, 'EUR'],
    [{ net_amount: 0, gross_amount: 12, currency: 'EUR' }, 1200, 'EUR'],
    [{ amount: '0.1', currency: 'USD' }, 10, 'USD'],
    [{ amount_cents: 1250, currency: 'EUR' }, 1250, 'EUR'],
    [{ amountMinor: 1250, currency: 'EUR' }, 1250, 'EUR'],
    [{ amount: 500, currency: 'JPY' }, 500, 'JPY'],
    [{ amount: '1.234', currency: 'KWD' }, 1234, 'KWD'],
    [
      { transfer: { instructedAmount: { amount: '10.00', currency: 'EUR' }, creditorAccount: { iban: 'DE2' } } },
      1000,
      'EUR',
      'DE2',
    ],
    [{ recipient: 'bob', amount: { value: '10.00', currency: 'EUR' } }, 1000, 'EUR', 'bob'],
    [
      {
        payments: [
          { to: 'bob', amount: 1, currency: 'EUR' },
          { to: 'bob', amount: 2, currency: 'EUR' },
        ],
      },
      300,
      'EUR',
      'bob',
    ],
    [
      {
        payments: [
          { to: 'bob', amount: 1, currency: 'EUR' },
          { to: 'eve', amount: 2, currency: 'EUR' },
        ],
      },
      300,
      'EUR',
      '',
    ],
    [{ net_amount: 10, gross_amount: 12, currency: 'EUR' }, 1200, 'EUR'],
    [{ pay_amount: 10, currency: 'EUR' }, 1000, 'EUR'],
    [{ amount_to_pay: 10, currency: 'EUR' }, 1000, 'EUR'],
    [{ amountDue: 10, currency: 'EUR' }, 1000, 'EUR'],
    [{ amount: [{ value: 4, currency: 'EUR' }], note: 'one of several' }, 400, 'EUR'],
    [{ amount: 10, currency: 'EUR', to: 'bob', payee: 'bob' }, 1000, 'EUR', 'bob'],
    [{ amount: 10, currency: 'EUR', payee: 'known', to: 'eve' }, 1000, 'EUR', ''],
    [{ cost: 10, currency: 'EUR' }, 1000, 'EUR'],
    [{ gross: 10, currency: 'EUR' }, 1000, 'EUR'],
    [{ total_payable_now: 10, currency: 'EUR' }, 1000, 'EUR'],
    [{ amount_eur: 10 }, 1000, 'EUR'],
    [{ amountEUR: 10 }, 1000, 'EUR'],
    [{ value_eur: 10 }, 1000, 'EUR'],
    [{ charges: { EUR: 10 } }, 1000, 'EUR'],
    [{ eur: 10 }, 1000, 'EUR'],
    [{ amount: 10, fee: 2, tip: 1, currency: 'EUR' }, 1300, 'EUR'],
    [{ amount: 10, currency: 'EUR', quantity: 1, price_list_id: 7 }, 1000, 'EUR'],
    [{ amount: 10, unit: 'EUR' }, 1000, 'EUR'],
    [{ body: '{"amount": 10, "currency": "EUR", "to": "bob"}' }, 1000, 'EUR', 'bob'],
  ])('%j', async (given, amount, currency, recipient) => {
    expect(await read(given)).toMatchObject(paid(amount, currency, recipient))
  })

  it.each<JsonObject>([
    { amount: -5, currency: 'EUR' },
    { amount: '-0', currency: 'EUR' },
    { amount: 0, currency: '' },
    { amount: '1e3', currency: 'EUR' },
    { amount: '12,50', currency: 'EUR' },
    { amount: '1.001', currency: 'EUR' },
    { amount: 1.5, currency: 'JPY' },
    { amount: 5, currency: 'XYZ' },
    { amount: 5, currency: 'bitcoin' },
    { amount: '99999999999999999999', currency: 'EUR' },
    { ccy: 'EUR', amount: 400, currency: 'XAU' },
    { amount: [900_000], currency: 'EUR' },
    { amounts: [900_000], currency: 'EUR' },
    { amount: { units: 900_000 }, currency: 'EUR' },
    { amount: { units: '9', nanos: 5, currency_code: 'EUR' } },
    { amount: true, currency: 'EUR' },
    { amountMicros: 9_000_000, currency: 'EUR' },
    { amount_in_eur_thousands: 9 },
    { amount_eur: 5, amount_usd: 5 },
    { amount: 5, currency: 'EUR', settlement_currency: 'KWD' },
    { amount: 5, currency: 'EUR', сurrency: 'KWD' },
    { аmount: 5, currency: 'EUR' },
    { unit_amount: 100, currency: 'EUR', quantity: 1000 },
    { price: 1, currency: 'EUR', qty: '1000' },
    { amount: 1, currency: 'EUR', installments: 100 },
    { amount: 1, currency: 'EUR', interval: 'daily' },
    { amount: 100, currency: 'EUR', recipients: ['a', 'b'] },
    { items: [{ price: { amount: 5, currency: 'EUR' }, quantity: 100 }] },
    { currency: 'EUR', amount: 1, payments: [{ amount: 500_000 }, { amount: 700_000 }] },
    { currency: 'EUR', items: [{ price: 5 }] },
    { amount: '900000 EUR' },
    { amount: '€900000' },
    { total: 'EUR 900000' },
    { amount: 900_000, denom: 'USDC' },
    { currency: 'EUR', payout: 900_000 },
    { currency: 'EUR', betrag: '900.000,00' },
    { amount: 1, currency: 'EUR', months: 12 },
    { amount: 1, currency: 'EUR', number_of_payments: 12 },
    { amount: 1, currency: 'EUR', every: 'day' },
    { amount: 1, currency: 'EUR', unit: 'million' },
    { price: 1, currency: 'EUR', seats: 500 },
    { amount: 1, currency: 'EUR', metadata: '[{"value": 9}]' },
    { money: { amount: 4, currency: 'EUR' }, amount: 900_000 },
    { price: { amount: 5, currency: 'EUR' }, settlement: { total: 900_000 } },
    { amount: 1, currency: 'EUR', transfers: [{ value: 90_000, dest: 'eve' }] },
    {
      payments: [
        { amount: 1, currency: 'EUR' },
        { amount: 2, currency: 'USD' },
      ],
    },
  ])('holds %j for the largest amount, unparsed', async (given) => {
    expect(await read(given)).toMatchObject({ payment: true, unparsed: true, payment_amount: Number.MAX_SAFE_INTEGER })
  })

  it.each<JsonObject>([
    { top: 5, all: 10, try: 1 },
    { total: 3, page: 1 },
    { currency: 'EUR', locale: 'de', id: 5 },
    { cost: 5, quantity: 3 },
    { currency: 'EUR', page: 2, since: '2026-01-01', customer_id: 7 },
    { text: '[draft] amount 5 EUR', price: 5 },
    { total: 3, language: 'ALL' },
  ])('sees none in %j', (given) => expectFlag('payment', given, false))

  it('does not choose between two members of one name in a text of JSON', () =>
    expectFlag('unparsed', { body: '{"amount": 1, "amount": 900000, "currency": "EUR"}' }, true))

  it('takes an amount without a currency for one where the action pays', async () => {
    await expectFlag('payment', { amount: 5 }, true, 'bank.transfer')
    await expectFlag('payment', { amount: 5 }, true, 'create_refund')
    await expectFlag('unparsed', { amount: 5 }, true, 'bank.transfer')
    await expectFlag('payment', { amount: 5 }, false, 'kitchen.salt')
  })
})

describe('secrets', () => {
  const fake = (prefix: string, length: number) => prefix + 'a1B2'.repeat(20).slice(0, length)

  it.each([
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----',
    'AKIA0123456789ABCDEF',
    fake('ghp_', 36),
    fake('github_pat_', 60),
    fake('glpat-', 20),
    `xoxb-${fake('', 20)}`,
    fake('sk_live_', 24),
    fake('sk-ant-', 40),
    fake('AIza', 35),
    fake('npm_', 36),
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${fake('', 43)}`,
    'postgres://app:hunter22@db.example/x',
    'ＡＫＩＡ0123456789ABCDEF',
    'AKIA0123\u200b456789ABCDEF',
  ])('%s', async (text) => {
    await expectFlag('secret', { body: `see ${text} here` })
    await expectFlag('secret', { deep: [{ x: text }] })
  })

  it.each([
    'a private key',
    'AKIA',
    'https://example.org/a:b@c',
    'https://ada@example.org/',
    'sk-test',
    'eyJ.eyJ.x',
    '-----BEGIN PUBLIC KEY-----',
  ])('not %s', (text) => expectFlag('secret', { body: text }, false))
})

describe('the piece of a call that set a signal', () => {
  it.each<[Flag, JsonObject, string]>([
    ['shell_delete', { command: 'cd /srv && ls\nsudo rm -rf /srv/data' }, 'rm -rf /srv/data'],
    ['sql_unbounded', { sql: 'SELECT 1; DELETE FROM users; SELECT 2' }, 'DELETE FROM users'],
    ['sql_drop', { sql: "SELECT 'é'; DROP TABLE t" }, 'DROP TABLE t'],
    ['sql_unbounded', { command: "psql -c 'DELETE FROM users'" }, 'DELETE FROM users'],
    ['unparsed', { command: 'ls; $X -rf' }, '… -rf'],
    ['grant_everyone', { acl: 'public-read' }, 'acl: public-read'],
    ['secret', { note: 'AKIAABCDEFGHIJKLMNOP' }, ''],
  ])('%s in %j', async (flag, given, piece) => {
    const entry = { name: 'tool.call', effect: 'write' } as const
    const { pieces } = await findingsOf({ name: 'tool.call', arguments: given, entry })
    expect(pieces.get(flag)).toBe(piece)
  })
})
