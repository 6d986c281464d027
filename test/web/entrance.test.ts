/** Enrolling with a link, signing out and in, and where one lands. */
import { afterAll, describe, expect, it } from 'vitest'
import { enrol, openSite, visit } from './site.ts'

const site = await openSite()
const ada = await visit(site)
afterAll(() => expect(ada.troubles).toEqual([]))

describe('enrolling', () => {
  it('says when a link is incomplete or was never given out', async () => {
    for (const fragment of ['', '#short', `#${'A'.repeat(43)}`]) {
      await ada.page.goto(`/enrol${fragment}`)
      await ada.page.getByRole('heading', { name: 'This invitation is not valid' }).waitFor()
      await ada.page.goto('about:blank')
    }
  })

  it('tells the first admin what that means and what is registered already', async () => {
    await ada.page.goto(await site.bootstrapLink())
    await ada.page.getByRole('heading', { name: 'Set up the first admin' }).waitFor()
    const registered = await ada.page.locator('[data-registered]').textContent()
    expect(registered).toContain('helpdesk-agent')
    expect(registered).toContain('https://forum.example')
  })

  it('asks for a name first', async () => {
    await ada.page.getByRole('button', { name: 'Create a passkey' }).click()
    await expect.poll(() => ada.page.locator('[data-status]:visible').textContent()).toBe('Enter your name.')
  })

  it('never sends the secret in a URL', async () => {
    const urls: string[] = []
    ada.page.on('request', (request) => urls.push(request.url()))
    const link = await site.bootstrapLink()
    await ada.page.goto('about:blank')
    await enrol(ada, link, 'Ada Admin')
    const secret = new URL(link).hash.slice(1)
    expect(urls.filter((url) => url.split('#')[0]?.includes(secret))).toEqual([])
    expect(await ada.page.getByRole('heading', { name: 'Nothing is waiting for you' }).count()).toBe(1)
  })

  it('works once', async () => {
    expect(await site.bootstrapLink()).toBe('')
  })
})

describe('signing in', () => {
  it('leads back to the page that was asked for', async () => {
    const id = await site.propose()
    await ada.page.goto('/')
    await ada.page.getByRole('button', { name: 'Sign out' }).click()
    await ada.page.waitForURL('**/sign-in')
    await ada.page.goto(`/approve/${id}`)
    expect(new URL(ada.page.url()).pathname).toBe('/sign-in')
    await ada.page.getByRole('button', { name: 'Use your passkey' }).click()
    await ada.page.waitForURL(`**/approve/${id}`)
  })

  it('leads back to what was looked for there, and never to another site', async () => {
    const stranger = await visit(site)
    for (const path of [
      '/ledger?words=two+words&outcome=failed',
      '/ledger?text=%2F%2Fevil.example%2F%26to%3D%2Fpeople',
    ]) {
      await stranger.page.goto(path)
      expect(await stranger.page.locator('main').getAttribute('data-to')).toBe(path)
    }
    for (const to of [
      '//evil.example/x?y=1',
      'https://evil.example',
      '/%5Cevil.example',
      '/\\evil.example',
      '/\t/evil.example',
    ]) {
      await stranger.page.goto(`/sign-in?to=${encodeURIComponent(to)}`)
      const back = await stranger.page.locator('main').getAttribute('data-to')
      expect(new URL(back ?? '', site.origin).origin, to).toBe(site.origin)
    }
    await stranger.close()
  })

  it('says what to do when no passkey answers', async () => {
    const stranger = await visit(site)
    const { cdp, authenticatorId } = stranger.passkey
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await stranger.page.goto('/sign-in')
    await stranger.page.getByRole('button', { name: 'Use your passkey' }).click()
    await expect.poll(() => stranger.page.locator('[data-status]').textContent()).toContain('Nothing was sent')
    await stranger.close()
  })
})
