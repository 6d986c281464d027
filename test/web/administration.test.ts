/** Changing the authority from its pages: people, agents, passkeys. Each change is consented to like any other action. */
import { base64urlEncode } from '@countersign/verifier'
import { authorisationChallenge } from '@countersign/verifier/authority'
import { afterAll, describe, expect, it } from 'vitest'
import { mustSucceed } from '../setup/authority.ts'
import { enrol, openSite, type Visitor, visit } from './site.ts'

const site = await openSite()
const ada = await visit(site)
const { page } = ada
await enrol(ada, await site.bootstrapLink(), 'Ada Admin')
afterAll(() => expect(ada.troubles).toEqual([]))

const sheet = () => page.locator('dialog[open]')
const shownOnce = () => page.locator('[data-secret]').textContent()

const codeOn = (visitor: Visitor) => visitor.page.locator('[data-code]').textContent()

describe('inviting somebody', () => {
  let sam: Visitor

  it('gives a link at once, for which nobody has to approve anything', async () => {
    await page.goto('/people')
    await page.getByLabel('Name', { exact: true }).fill('Sam Wu')
    await page.getByRole('button', { name: 'Make a link' }).click()
    await expect.poll(shownOnce).toMatch(/\/enrol#[\w-]{43}$/)
    expect(await page.getByRole('img', { name: 'The link as a QR code' }).isVisible()).toBe(true)
    expect(await page.locator('[aria-labelledby="invitations"] .row', { hasText: 'Sam Wu' }).count()).toBe(1)
  })

  it('lets the invited make a passkey, which opens nothing yet', async () => {
    sam = await visit(site)
    await sam.page.goto((await shownOnce()) ?? '')
    await expect
      .poll(() => sam.page.locator('[data-form]').textContent())
      .toMatch(/Ada.* invites you as:.*Approver: .*The link works once, until /s)
    await sam.page.getByRole('button', { name: 'Create a passkey' }).click()
    await expect.poll(() => codeOn(sam)).toMatch(/^\w{4}-\w{4}$/)
    expect(
      await sam.page.getByRole('heading', { name: 'Waiting for an admin to confirm your passkey' }).isVisible(),
    ).toBe(true)
    await page.goto('/people')
    expect(await page.locator('.row', { hasText: 'Sam Wu' }).count()).toBe(0)
  })

  it('shows the admin the device and the same code, and counts once they approve', async () => {
    await page.goto('/')
    await page
      .getByRole('link', { name: /Sam Wu/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    const text = (await page.locator('[data-approval]').textContent()) ?? ''
    for (const part of [(await codeOn(sam)) ?? 'no code', 'Sam Wu', 'authenticator', 'by telephone or in person'])
      expect(text).toContain(part)
    await page.getByRole('button', { name: 'Approve' }).click()
    await sam.page.waitForURL('**/notifications?enrolled')
    await page.goto('/people')
    expect(await page.locator('.row', { hasText: 'Sam Wu' }).count()).toBe(1)
  })

  it('gives no right to administer', async () => {
    expect(await sam.page.getByRole('link', { name: 'People' }).count()).toBe(0)
    expect((await sam.page.goto('/people'))?.status()).toBe(403)
    expect(await sam.page.getByRole('heading', { name: 'You do not have access' }).count()).toBe(1)
    expect(sam.troubles).toEqual([])
    await sam.close()
  })

  it('tells the page of a person whom an admin denies', async () => {
    const eve = await visit(site)
    await page.goto('/people')
    await page.getByLabel('Name', { exact: true }).fill('Eve')
    await page.getByRole('button', { name: 'Make a link' }).click()
    await expect.poll(shownOnce).toMatch(/\/enrol#[\w-]{43}$/)
    await eve.page.goto((await shownOnce()) ?? '')
    await eve.page.getByRole('button', { name: 'Create a passkey' }).click()
    await expect.poll(() => codeOn(eve)).toMatch(/^\w{4}-\w{4}$/)
    await page.goto('/')
    await page.getByRole('link', { name: /Eve/ }).first().click()
    await page.getByRole('button', { name: 'Deny' }).click()
    await eve.page.getByText('An admin denied it. Nothing was enrolled.').waitFor()
    await eve.close()
  })
})

describe('a change that is approved on its page', () => {
  const startAdding = async (name: string) => {
    await page.goto('/agents')
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('button', { name: 'Add…' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).waitFor()
  }

  it('can be put off, survives another page, and goes on', async () => {
    await startAdding('kim-agent')
    expect(await sheet().getByText('You would approve your own request').count()).toBe(1)
    await sheet().getByRole('button', { name: 'Not now' }).click()
    await page.goto('/passkeys')
    await page.goto('/agents')
    expect(await page.locator('[data-pending-title]').textContent()).toBe('Adding kim-agent is not finished.')
    await page.getByRole('button', { name: 'Continue' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).click()
    await expect.poll(shownOnce).toMatch(/^cs_agent_/)
    expect(await page.locator('[data-pending]').isVisible()).toBe(false)
  })

  it('can be denied, and then nothing is left of it', async () => {
    await startAdding('eve-agent')
    await sheet().getByRole('button', { name: 'Deny' }).click()
    await sheet().getByRole('heading', { name: 'Denied' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await page.locator('[data-pending]').isVisible()).toBe(false)
  })
})

describe('agents', () => {
  it('adds one, shows its credential once, and that credential works', async () => {
    await page.goto('/agents')
    await page.getByLabel('Name', { exact: true }).fill('mail-agent')
    await page.getByRole('button', { name: 'Add…' }).click()
    await sheet().getByRole('button', { name: 'Approve' }).click()
    await expect.poll(shownOnce).toMatch(/^cs_agent_/)
    const answer = await site.authority
      .client((await shownOnce()) ?? '')
      .call('viewRequest', { params: { id: 'A'.repeat(22) } })
    expect(answer).toMatchObject({ ok: false, problem: { code: 'not_found' } })
    expect(await page.locator('.row', { hasText: 'mail-agent' }).count()).toBe(1)
  })

  it('corrects a name before it asks anyone', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Mail Agent')
    await page.getByRole('button', { name: 'Add…' }).click()
    await expect.poll(() => page.locator('[data-change="agent"] [data-status]').textContent()).toContain('lower-case')
  })

  it('edits one as it was read: whom it acts for, what it may ask, its groups', async () => {
    await page.goto('/agents/mail-agent')
    const editing = page.locator('[data-change="agent-edit"]')
    await editing.getByLabel('Services it may act for').fill('mail, office')
    await editing.getByLabel('Executors not yet registered').fill('https://mail.example')
    await editing.getByLabel('Groups').fill('night shift')
    await editing.getByRole('button', { name: 'Change…' }).click()
    await sheet().getByText('https://mail.example').first().waitFor()
    await sheet().getByRole('button', { name: 'Approve' }).click()
    const agent = async () => {
      const { agents } = mustSucceed(await site.authority.operator.call('listAgents'))
      return agents.find(({ id }) => id === 'mail-agent')
    }
    await expect.poll(async () => (await agent())?.version).toBe(2)
    expect(await agent()).toMatchObject({ executors: ['https://mail.example'], groups: ['night shift'] })
    expect((await agent())?.principals).toEqual(expect.arrayContaining(['mail', 'office']))
    await page.goto('/agents')
  })

  it('revokes at once, after one question', async () => {
    const row = page.locator('.row', { hasText: 'mail-agent' })
    await row.getByRole('button', { name: 'Revoke' }).click()
    await sheet().getByRole('button', { name: 'Cancel' }).click()
    expect(await row.count()).toBe(1)
    await row.getByRole('button', { name: 'Revoke' }).click()
    await sheet().getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => row.count()).toBe(0)
  })
})

describe('one’s own passkeys', () => {
  const live = () => page.locator('.row', { has: page.locator('[data-revoke^="/passkeys/"]') })

  it('warns of having only one', async () => {
    await page.goto('/passkeys')
    const notice = page.locator('.notice, .note', { hasText: 'This is your only passkey' })
    expect(await notice.textContent()).toContain('until the operator opens a break-glass on the host')
    expect(await live().count()).toBe(1)
  })

  it('signs for no other one than was just made, whatever it is offered', async () => {
    await addAuthenticator(ada)
    expect(await page.locator('[data-add]').textContent()).toContain('it signs for exactly the new one')
    await page.route('**/passkeys/authorisation', async (route) => {
      const response = await route.fetch()
      const offered = await response.json()
      const statement = { ...offered.statement, key: 'A'.repeat(43) }
      const challenge = base64urlEncode(await authorisationChallenge(statement))
      await route.fulfill({ response, json: { statement, options: { ...offered.options, challenge } } })
    })
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await expect
      .poll(() => page.locator('p[data-status]').first().textContent())
      .toContain('the new passkey. Nothing was signed.')
    await page.unroute('**/passkeys/authorisation')
    expect(await live().count()).toBe(1)
  })

  it('adds one on another device, authorised by the first', async () => {
    await page.getByLabel('A name for the new passkey').fill('Phone')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await expect.poll(() => live().count()).toBe(2)
    expect(await page.getByText('This is your only passkey').count()).toBe(0)
    expect(await page.locator('p[data-status]').first().textContent()).toBe('The new passkey is ready to use.')
  })

  it('revokes one, after one question', async () => {
    await live().filter({ hasText: 'Phone' }).getByRole('button').click()
    await page.locator('dialog[open]').getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => live().count()).toBe(1)
    expect(await page.getByText('This is your only passkey').count()).toBe(1)
  })

  it('keeps the last passkey of the last admin, and says why', async () => {
    await live().getByRole('button').click()
    await page.locator('dialog[open]').getByText('This is your last passkey').waitFor()
    await page.locator('dialog[open]').getByRole('button', { name: 'Revoke' }).click()
    await expect
      .poll(() => page.locator('p[data-status]').first().textContent())
      .toContain('No other admin could sign then')
    expect(await live().count()).toBe(1)
  })
})

/** A second device: a browser makes no two passkeys of one person on the same one. */
async function addAuthenticator({ passkey: { cdp } }: Visitor): Promise<void> {
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
