/** Enrolling in a real browser: what is registered is shown in full, exactly that is signed, and odd devices get words. */
import { afterAll, describe, expect, it } from 'vitest'
import { addAgent, addExecutor } from '../setup/authority.ts'
import { openSite, type Visitor, visit } from './site.ts'

const HIDDEN = 'Read the for\u202eum\u200b'
const PIN = `sha-256:${'A'.repeat(43)}` as const
const ONCE = { times: 1 }
const site = await openSite()
const ada = await visit(site)
await addExecutor(site.authority, 'https://hostile.example', [
  { name: 'db.drop', effect: 'read', title: HIDDEN },
  {
    name: 'files.write_file',
    effect: 'write',
    title: 'write_file (files)',
    description: 'Writes a file, or replaces one.',
    schema: {
      type: 'object',
      properties: { path: { type: 'string' }, content: { type: 'string', description: 'x'.repeat(400) } },
      required: ['path'],
    },
    pin: PIN,
  },
  { name: 'db.list', effect: 'destructive', reversible: false, title: '<img src=x onerror=alert(1)>' },
])
await site.authority.operator.call('engageKillSwitch', {
  body: { selector: { agent: 'helpdesk\u200b-agent', action: 'db.*' }, reason: 'Not yet' },
})
afterAll(() => expect(ada.troubles).toEqual([]))

const status = ({ page }: Visitor) => page.locator('[data-form] [data-status]').textContent()
const submit = ({ page }: Visitor) => page.getByRole('button', { name: 'Create a passkey' }).click()

async function open(visitor: Visitor): Promise<void> {
  const link = await site.bootstrapLink()
  await visitor.page.goto('about:blank')
  await visitor.page.goto(link)
  await visitor.page.getByRole('heading', { name: 'Set up the first admin' }).waitFor()
  await visitor.page.getByLabel('Your name').fill('Ada')
}

describe('the first admin’s page', () => {
  it('shows every party and credential, what is marked read first, and hidden characters', async () => {
    await open(ada)
    const registered = ada.page.locator('[data-registered]')
    const text = (await registered.textContent()) ?? ''
    for (const part of ['helpdesk-agent', 'dana', 'https://forum.example', 'forum.delete', 'countersign-operator'])
      expect(text).toContain(part)
    expect(text).toMatch(/1 active kill switch\..*agent helpdesk.*-agent with action db\.\*/s)
    expect(text).toMatch(/Nobody is asked for these: 1 actiondb\.drop read/)
    expect(text).toContain('<img src=x onerror=alert(1)>')
    expect(await registered.locator('mark.hidden-char').count()).toBeGreaterThanOrEqual(3)
  })

  it('shows a tool in words, and the rest of what is pinned of it folded and in full', async () => {
    await open(ada)
    const registered = ada.page.locator('[data-registered]')
    const tool = registered.locator('li li', { hasText: 'files.write_file' })
    expect((await tool.innerText()).replace(/\s+/g, ' ')).toBe(
      'files.write_file write: write_file (files) Writes a file, or replaces one. Takes content (string) if given, path (string) What else is registered: pin, schema',
    )
    expect(await registered.innerText()).not.toMatch(/[{[]"/)
    const whole = tool.locator('details')
    await whole.locator('summary').click()
    expect(JSON.parse(await whole.locator('pre').innerText())).toMatchObject({
      pin: PIN,
      schema: { required: ['path'] },
    })
    const size = ada.page.viewportSize()
    for (const width of [390, 1280]) {
      await ada.page.setViewportSize({ width, height: 844 })
      const beyond = await registered.evaluate((shown) => shown.scrollWidth - shown.clientWidth)
      expect(beyond, `at ${width}`).toBeLessThanOrEqual(0)
    }
    if (size) await ada.page.setViewportSize(size)
  })

  it('stops where the passkey would sign something else than it shows', async () => {
    await open(ada)
    await ada.page.route(
      '**/enrolments/options',
      async (route) => {
        const response = await route.fetch()
        const body = await response.json()
        body.statement.roles = ['auditor']
        await route.fulfill({ response, json: body })
      },
      ONCE,
    )
    await submit(ada)
    await expect.poll(() => status(ada)).toContain('something other than this page shows: what you may do')
  })

  it('shows again what was registered meanwhile, before and after the prompts', async () => {
    await open(ada)
    await addAgent(site.authority, 'late-agent')
    await submit(ada)
    await expect.poll(() => status(ada)).toContain('It is shown now')
    expect(await ada.page.locator('[data-registered]').textContent()).toContain('late-agent')
    await ada.page.route(
      '**/enrolments',
      async (route) => {
        await addAgent(site.authority, 'latest-agent')
        await route.continue()
      },
      ONCE,
    )
    await submit(ada)
    await expect.poll(() => status(ada)).toContain('Something was registered or revoked meanwhile')
    expect(await ada.page.locator('[data-registered]').textContent()).toContain('latest-agent')
  })

  it('asks for ES256 after a key that cannot be used, and then enrols', async () => {
    await open(ada)
    await ada.page.route(
      '**/enrolments',
      async (route) => {
        const body = route.request().postDataJSON()
        body.trial.response.signature = body.registration.response.clientDataJSON
        await route.continue({ postData: JSON.stringify(body) })
      },
      ONCE,
    )
    await submit(ada)
    await expect.poll(() => status(ada)).toMatch(/signature does not fit its key|not well formed/)
    const asked = ada.page.waitForRequest('**/enrolments/options')
    await submit(ada)
    expect((await asked).postDataJSON()).toMatchObject({ es256_only: true })
    await ada.page.waitForURL(/\/notifications\?enrolled$/)
  })
})

describe('a passkey', () => {
  it('is added with three confirmations, and says what it will be able to do', async () => {
    const { cdp } = ada.passkey
    const second = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await ada.page.goto('/passkeys')
    expect(await ada.page.locator('[data-add]').textContent()).toContain('admin, approver')
    await ada.page.getByRole('button', { name: 'Add a passkey' }).click()
    await ada.page.getByText('The new passkey is ready to use.').first().waitFor()
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: second.authenticatorId })
  })

  it('whose device changed its mind on syncing is refused in words at the door', async () => {
    const { cdp, authenticatorId } = ada.passkey
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
    const people = await site.authority.store.listApprovers()
    const enrolled = people.flatMap(({ passkeys }) => passkeys.map(({ credentialId: id }) => id))
    for (const { credentialId } of credentials) {
      const one = { authenticatorId, credentialId }
      // Those of refused attempts are on the device, and nobody's.
      if (enrolled.includes(Buffer.from(credentialId, 'base64').toString('base64url')))
        await cdp.send('WebAuthn.setCredentialProperties', { ...one, backupEligibility: true })
      else await cdp.send('WebAuthn.removeCredential', one)
    }
    await ada.page.goto('/')
    await ada.page.getByRole('button', { name: 'Sign out' }).click()
    await ada.page.waitForURL('**/sign-in')
    await ada.page.getByRole('button', { name: 'Use your passkey' }).click()
    await expect.poll(() => ada.page.locator('[data-status]').textContent()).toContain('whether it may be synced')
  })
})
