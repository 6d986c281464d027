/** Approve with changes in a real browser: the form, the changed call as a whole, and one signature over it. */
import { type JsonObject, newSalt } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { PAY } from '../revision/ground.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
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

async function asked(more: object = {}): Promise<string> {
  const args = { team: 'one', to: { name: 'Runner' }, amount: 900, note: 'For March', lines: ['a', 'b'], ...more }
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
