/** Being told, in a real browser: enrolling it, the service worker that rings, an address, quiet hours; and webhooks. */
import type { CDPSession } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { createSubscription, startMailServer, startReceiver } from '../notify/receivers.ts'
import { expectFlawless } from './inspect.ts'
import { openAdminSite } from './site.ts'

const [push, hooks, mailbox] = await Promise.all([startReceiver(), startReceiver(), startMailServer()])
afterAll(() => Promise.all([push.close(), hooks.close(), mailbox.close()]))
const subscription = createSubscription()
const { site, ada, page } = await openAdminSite(
  {
    settings: {
      COUNTERSIGN_PRIVATE_WEBHOOKS: 'true',
      COUNTERSIGN_SMTP_URL: mailbox.url,
      COUNTERSIGN_MAIL_FROM: 'countersign@authority.example',
      COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000',
    },
  },
  { permissions: ['notifications'], viewport: { width: 390, height: 844 } },
)
// A browser's push service is on the internet; here it is ours, with keys that the test can read with.
await page.addInitScript(
  ({ endpoint, keys }) => {
    PushManager.prototype.subscribe = async (options) => {
      document.documentElement.dataset['subscribedWith'] = String(options?.applicationServerKey)
      return { toJSON: () => ({ endpoint, keys }) } as unknown as PushSubscription
    }
  },
  { endpoint: `${push.url}/ada`, keys: subscription.keys },
)

const run = () => site.authority.services.courier.run()
const status = () => page.locator('main > [data-status]').textContent()

describe('a device', () => {
  let cdp: CDPSession
  let registrationId = ''

  it('is enrolled by a tap, with the authority’s own key', async () => {
    cdp = await page.context().newCDPSession(page)
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      registrationId = registrations[0]?.registrationId ?? registrationId
    })
    await cdp.send('ServiceWorker.enable')
    await page.goto('/passkeys')
    await page.getByRole('link', { name: 'Notifications' }).first().click()
    await page.getByLabel('A name for this device').fill('Test phone')
    await page.getByRole('button', { name: 'Notify this device' }).click()
    await page.getByText('This device receives notifications from now on.').first().waitFor()
    expect(await page.locator('.row', { has: page.locator('[data-remove-device]') }).textContent()).toContain(
      'Test phone',
    )
    const used = await page.evaluate(() => document.documentElement.dataset['subscribedWith'])
    expect(used).toBe(await page.locator('[data-push-key]').getAttribute('data-push-key'))
  })

  it('is sent the test, which its service worker shows', async () => {
    await page.getByRole('button', { name: 'Send a test' }).click()
    await expect.poll(status).toBe('The test is being sent.')
    await run()
    const data = subscription.decrypt(push.received.at(-1)?.body ?? Buffer.alloc(0))
    // DevTools does not say whether the message arrived: it is delivered again, as a push service would, until it shows.
    const deliver = async () => {
      await cdp.send('ServiceWorker.deliverPushMessage', { origin: site.origin, registrationId, data })
      return page.evaluate(async () => {
        const notifications = await (await navigator.serviceWorker.ready).getNotifications()
        return notifications.map(({ title, body, data }) => ({ title, body, data }))
      })
    }
    await expect
      .poll(deliver, { interval: 1000 })
      .toEqual([{ title: 'This is a test', body: 'Notifications reach this device.', data: '/notifications' }])
  })

  it('keeps no page: the service worker answers no fetch and has no cache', async () => {
    const [worker] = page.context().serviceWorkers()
    expect(await worker?.evaluate(() => caches.keys())).toEqual([])
    const script = await (await site.authority.app.request('/service-worker.js')).text()
    expect(script).not.toMatch(/"fetch"|caches|importScripts/)
  })

  it('opens the page a notification names', async () => {
    const id = await site.propose()
    await page.goto(`/approve/${id}`)
    const other = await page.context().newPage()
    await other.goto('/passkeys')
    const worker = page.context().serviceWorkers()[0]
    const asked = await worker?.evaluate(async (path) => {
      const opened: string[] = []
      const scope = globalThis as unknown as {
        clients: { openWindow: (url: string) => Promise<null> }
        registration: ServiceWorkerRegistration
      }
      scope.clients.openWindow = async (url) => {
        opened.push(url)
        return null
      }
      for (const data of [path, 'https://evil.example/inbox']) {
        await scope.registration.showNotification('x', { tag: data, data })
        const [notification] = await scope.registration.getNotifications({ tag: data })
        const event = new Event('notificationclick')
        const done = new Promise<void>((resolve) => {
          Object.assign(event, {
            notification,
            waitUntil: (work: Promise<unknown>) =>
              work.then(
                () => resolve(),
                () => resolve(),
              ),
          })
        })
        globalThis.dispatchEvent(event)
        await done
      }
      return opened
    }, '/people')
    expect(asked).toEqual(['/people', '/inbox'])
    await other.close()
  })

  it('is removed', async () => {
    await page.goto('/notifications')
    await page.getByRole('button', { name: 'Remove Test phone' }).click()
    await page.getByText('Removed.').first().waitFor()
    expect(await page.locator('.row', { has: page.locator('[data-remove-device]') }).count()).toBe(0)
  })
})

it('an address is used once its link was opened', async () => {
  await page.goto('/notifications')
  await page.getByLabel('E-mail address').fill('ada@people.example')
  await page.getByRole('button', { name: 'Send a confirmation link' }).click()
  await page.getByText('Not confirmed yet').waitFor()
  await expectFlawless(ada, 'address, not confirmed')
  await run()
  const link = /http\S+\/notifications#\S+/.exec(mailbox.mails.at(-1)?.text ?? '')?.[0] ?? ''
  await page.goto('/passkeys')
  await page.goto(link)
  await page.getByText('The address is confirmed.').first().waitFor()
  expect(page.url()).toBe(`${site.origin}/notifications`)
  await page.getByRole('button', { name: 'Send a test' }).click()
  await expect.poll(status).toBe('The test is being sent.')
  await run()
  expect(mailbox.mails.at(-1)).toMatchObject({ to: 'ada@people.example' })
})

it('quiet hours are kept, in the zone of the browser', async () => {
  await page.getByLabel('Hold notifications back').check()
  await page.getByLabel('from').fill('23:30')
  await page.getByLabel('to', { exact: true }).fill('06:15')
  await page.getByLabel('Time zone').fill('Nowhere/Nothing')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(status).toMatch(/no time zone/)
  await page.getByLabel('Time zone').fill('Europe/Berlin')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(status).toBe('Saved.')
  await page.reload()
  expect(await page.getByLabel('from').inputValue()).toBe('23:30')
  expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin')
  await expectFlawless(ada, 'notifications')
})

describe('webhooks', () => {
  it('are added with a passkey, tested, and what failed is sent again', async () => {
    await page.goto('/notifications')
    await page.getByRole('link', { name: 'Webhooks' }).first().click()
    await page.getByLabel('URL').fill(`${hooks.url}/secret-path`)
    await page.getByRole('button', { name: 'Add…' }).click()
    await page.locator('dialog[open]').getByRole('button', { name: 'Approve' }).click()
    await expect.poll(() => page.locator('[data-secret]').textContent()).toMatch(/^whsec_/)
    hooks.answer = { status: 410 }
    await page.getByRole('button', { name: 'Send a test to all' }).click()
    await expect.poll(status).toBe('The test is being sent.')
    await run()
    await page.reload()
    expect(await page.content()).not.toContain('secret-path')
    await page.getByText('It answered 410.').waitFor()
    hooks.answer = { status: 200 }
    await page
      .getByRole('button', { name: /^Send again/ })
      .first()
      .click()
    await expect.poll(status).toBe('It is being sent again.')
    await run()
    // The trial before it was added, the test, and that again.
    expect(hooks.received).toHaveLength(3)
    await page.reload()
    await expectFlawless(ada, 'webhooks')
  })

  it('are removed without one', async () => {
    await page
      .getByRole('button', { name: /^Remove/ })
      .first()
      .click()
    await page.locator('dialog[open]').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No endpoint yet.').waitFor()
  })
})

it('can be installed: a manifest with icons that are there', async () => {
  await page.goto('/')
  const { data, errors } = await ada.passkey.cdp.send('Page.getAppManifest')
  expect(errors).toEqual([])
  const manifest: { name: string; display: string; icons: { src: string; sizes: string }[] } = JSON.parse(data ?? '{}')
  expect(manifest).toMatchObject({ name: 'Countersign', display: 'standalone' })
  for (const { src, sizes } of manifest.icons.slice(0, 2)) {
    const image = await (await site.authority.app.request(src)).arrayBuffer()
    // The header of a PNG: signature, length, IHDR, width.
    expect(`${new DataView(image).getUint32(16)}x${new DataView(image).getUint32(20)}`).toBe(sizes)
  }
  const { installabilityErrors } = await ada.passkey.cdp.send('Page.getInstallabilityErrors')
  expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([])
})
