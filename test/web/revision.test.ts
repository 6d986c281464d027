/** Approve with changes in a real browser: the form, the changed call as a whole, and one signature over it. */
import { type JsonObject, newSalt } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { change, PAY } from '../revision/ground.ts'
import { administer, enrolBy, mustSucceed } from '../setup/authority.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const BANK = 'https://bank.example'
const ORDER = {
  name: 'bank.order',
  effect: 'write',
  reversible: true,
  arguments: ['urgent', 'cash', 'fee', 'rest.0.price', 'rest', 'memo', 'none'].map((name) => ({
    name,
    changeable: true,
  })),
  schema: {
    type: 'object',
    properties: {
      urgent: { type: 'boolean' },
      cash: { $ref: '#/$defs/yes' },
      fee: { type: ['null', 'number'] },
      rest: { type: 'array' },
      memo: { type: 'string' },
      none: { type: ['string', 'null'] },
    },
    $defs: { yes: { type: 'boolean' } },
  },
}
const { site, ada, page, other } = await openAdminSite()
await administer(site.authority, other, {
  name: 'countersign.executor.add',
  resource: `executor:${BANK}`,
  arguments: JSON.parse(JSON.stringify({ audience: BANK, title: 'The bank', catalogue: [PAY, ORDER] })),
})

async function ordered(args: JsonObject): Promise<string> {
  const action = { name: 'bank.order', resource: 'account:ci', arguments: args, salt: newSalt() }
  return mustSucceed(await site.agent.call('openRequest', { body: { audience: BANK, action } })).id
}

const PAYMENT = { team: 'one', to: { name: 'Runner' }, amount: 900, note: 'For March', lines: ['a', 'b'] }

async function asked(more: object = {}): Promise<string> {
  const args = { ...PAYMENT, ...more }
  const action = { name: 'bank.pay', resource: 'account:ci', arguments: args, salt: newSalt() }
  return mustSucceed(await site.agent.call('openRequest', { body: { audience: BANK, action } })).id
}

it('changes an argument, shows old and new with the whole call, and signs exactly that', async () => {
  const id = await asked()
  await page.goto(`/approve/${id}`)
  await page.getByRole('link', { name: 'Change the call' }).click()
  await page.getByLabel('Amount').fill('ninety')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await expect.poll(() => page.locator('[data-status]').textContent()).toBe('Write a number, such as 90 or 1.5.')
  await page.getByLabel('Amount').fill('90')
  await page.getByLabel('Note').fill('For March, in part')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await page.waitForURL(`**/approve/${id}/changed`)
  const shown = String(await page.locator('main').textContent())
  for (const words of ['Changed by an approver', 'removed: 900', 'added: 90', 'in part', 'Runner', 'lines'])
    expect(shown).toContain(words)
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => page.locator('#verdict').textContent()).toBe('You consented: 1 of 2')
  mustSucceed(await other.consent(new URL(page.url()).pathname.split('/')[2] ?? ''))
  await page.goto(`/approve/${id}`)
  expect(await page.locator('main').textContent()).toContain('takes its place')
  const { action } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  expect(action?.arguments).toMatchObject({ amount: 90, note: 'For March, in part', lines: ['a', 'b'] })
  expect(ada.troubles).toEqual([])
})

it('says what the catalogue does not take, and leaves the request as it was', async () => {
  const id = await asked({ note: 'a\r\nb' })
  await page.goto(`/approve/${id}/change`)
  await page.getByLabel('Amount').fill('-1')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await expect.poll(() => page.locator('[data-status]').textContent()).toContain('/amount')
  await page.getByLabel('Amount').fill('1')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await page.waitForURL(`**/approve/${id}/changed`)
  expect(await page.locator('.change figcaption').allTextContents()).toEqual([expect.stringContaining('amount')])
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect.poll(() => page.locator('#verdict').textContent()).toBe('Denied')
})

it('asks for numbers and for yes or no as people write them, and for JSON only where a list or an object is', async () => {
  const id = await ordered({ urgent: true, rest: [{ price: 9.5 }, 'live\u202e'], none: null })
  await page.goto(`/approve/${id}/change`)
  const kindOf = (name: string) => page.locator(`[id="argument-${name}"]`).getAttribute('data-kind')
  const kinds = await Promise.all(ORDER.arguments.map(({ name }) => kindOf(name)))
  expect(kinds).toEqual(['choice', 'choice', 'number', 'number', 'json', 'text', 'text'])
  expect(await page.getByLabel('fee').getAttribute('inputmode')).toBe('decimal')
  expect(await page.getByLabel('urgent').evaluate((field: HTMLSelectElement) => field.selectedOptions[0]?.text)).toBe(
    'Yes',
  )
  expect(await page.getByLabel('rest', { exact: true }).inputValue()).toContain('"live\\u202e"')
  const status = page.locator('[data-status]')
  for (const wrong of ['', '9,5', '0x10', '1e999', '9007199254740993', '"9"']) {
    await page.getByLabel('rest.0.price').fill(wrong)
    await page.getByRole('button', { name: 'Show the changed call' }).click()
    await expect.poll(() => status.textContent()).toBe('Write a number, such as 90 or 1.5.')
    await page.getByLabel('rest.0.price').fill('9.5')
    expect(await page.getByLabel('rest.0.price').getAttribute('aria-invalid')).toBe('true')
  }
  await page.getByLabel('urgent').selectOption('No')
  await page.getByLabel('cash').selectOption('Yes')
  await page.getByLabel('fee').fill(' .5 ')
  await page.getByLabel('rest.0.price').fill('12')
  await page.getByRole('button', { name: 'Show the changed call' }).click()
  await page.waitForURL(`**/approve/${id}/changed`)
  await page.getByRole('button', { name: 'Approve' }).click()
  await expect.poll(() => page.locator('#verdict').textContent()).toBe('Approved')
  const { action } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
  expect(action?.arguments).toEqual({
    urgent: false,
    cash: true,
    fee: 0.5,
    rest: [{ price: 12 }, 'live\u202e'],
    none: null,
  })
  expect(ada.troubles).toEqual([])
})

it('tells the rounds on the page of each request, from the first to the last and back', async () => {
  const first = await asked()
  const second = (await change(other, first, { ...PAYMENT, amount: 90 })).id
  const third = (
    await change(await enrolBy(site.authority, other, 'Cleo'), second, {
      ...PAYMENT,
      amount: 80,
      note: `In part ${'\u202e'}${'long'.repeat(40)}`,
    })
  ).id
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto(`/requests/${first}`)
  const rounds = page.locator('[data-round]')
  expect(await rounds.count()).toBe(3)
  expect(await rounds.nth(0).textContent()).toContain('As the agent asked')
  expect(await rounds.nth(1).textContent()).toMatch(/Changed by Sam Wu.*removed: 900.*added: 90/s)
  const { rounds: told } = mustSucceed(await other.page.call('requestContent', { params: { id: first } }))
  for (const [at, { digest }] of told.entries()) expect(await rounds.nth(at).textContent()).toContain(digest)
  await expectFlawless(ada, 'rounds')
  await rounds.nth(2).getByRole('link', { name: 'the request' }).click()
  await page.waitForURL(`**/requests/${third}`)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.locator('[data-round][aria-current]').getAttribute('data-round')).toBe('2')
  await expectFlawless(ada, 'rounds on a phone')
  await rounds.nth(0).getByRole('link', { name: 'the request' }).click()
  await page.waitForURL(`**/requests/${first}`)
  expect(ada.troubles).toEqual([])
})
