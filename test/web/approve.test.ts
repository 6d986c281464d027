/** Answering a request, with a real browser and a passkey in it: every way it can go. */
import { newSalt } from '@countersign/verifier'
import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { mustSucceed, postAction } from '../setup/authority.ts'
import { openAdminSite, type Site } from './site.ts'

const { site, ada, page, other } = await openAdminSite({
  settings: { COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '1000', COUNTERSIGN_PENDING_PER_AGENT: '100' },
})

const open = async (proposal?: Parameters<Site['propose']>[0]): Promise<string> => {
  const id = await site.propose(proposal)
  await page.goto(`/approve/${id}`)
  return id
}
const button = (name: 'Approve' | 'Deny') => page.getByRole('button', { name })
const verdict = () => page.locator('#verdict')
const status = () => page.locator('[data-status]')
const stateOf = async (id: string) => mustSucceed(await site.agent.call('viewRequest', { params: { id } })).state

describe('a person at the page', () => {
  beforeEach(() => expect(ada.troubles).toEqual([]))

  it('approves with the passkey, and is told what happens next', async () => {
    const id = await open()
    await button('Approve').click()
    await expect.poll(() => verdict().textContent()).toBe('Approved')
    expect(await page.locator('.verdict p').textContent()).toContain('helpdesk-agent may now do exactly this once')
    expect(await stateOf(id)).toBe('approved')
  })

  it('reads that an approval bound to a state holds only while nothing changes, and of no other', async () => {
    const words = 'holds only while nothing changes'
    await open()
    expect(await page.locator('main').textContent()).not.toContain(words)
    const id = await site.relay('version 7')
    await page.goto(`/approve/${id}`)
    expect(await page.locator('.consequences').textContent()).toContain(words)
    expect(await page.locator('.pills').textContent()).toContain('Only while unchanged')
    const digest = (await site.authority.store.request(id))?.stateDigest
    expect(await page.locator('.fold', { hasText: 'passkey signs' }).textContent()).toContain(digest)
    await button('Approve').click()
    await expect.poll(() => verdict().textContent()).toBe('Approved')
    const { token } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
    expect(decodeJwt(token)['authorization_details']).toMatchObject([{ state: digest }])
  })

  it('reads what makes a call destructive that its catalogue calls a write, and which policy asks whom', async () => {
    const id = await open({ action: postAction('', { arguments: { command: 'cd /srv && rm -rf "/srv/<b>x"' } }) })
    const { policy } = mustSucceed(await site.agent.call('viewRequest', { params: { id } }))
    expect(policy.reason).toContain('It counts as destructive because the call deletes files (shell_delete).')
    expect(await page.locator('.note.danger').textContent()).toContain('This counts as destructive')
    expect(await page.locator('.note.warn').allTextContents()).toContainEqual(
      expect.stringContaining('shell_delete: the call deletes files: '),
    )
    const why = await page.locator('[data-why]').textContent()
    expect(why).toContain(policy.reason)
    expect(why).toContain('rm -rf /srv/<b>x')
  })

  it('denies without a passkey, with a reason', async () => {
    const id = await open()
    await page.getByText('Add a reason for denying').click()
    await page.getByLabel('Reason, recorded').fill('Not today')
    await button('Deny').click()
    await expect.poll(() => verdict().textContent()).toBe('Denied')
    expect(await stateOf(id)).toBe('denied')
  })

  it('answers once, however often the button is pressed', async () => {
    await open()
    const sent: string[] = []
    page.on('request', (request) => sent.push(new URL(request.url()).pathname))
    await button('Deny').dblclick()
    await expect.poll(() => verdict().textContent()).toBe('Denied')
    expect(sent.filter((path) => path.endsWith('/deny'))).toHaveLength(1)
  })

  it('reaches both answers with the keyboard alone, after everything there is to read', async () => {
    await open({ reason: 'Please' })
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('Tab')
      if (await button('Approve').evaluate((element) => element === document.activeElement)) break
    }
    await page.keyboard.press('Shift+Tab')
    expect(await button('Deny').evaluate((element) => element === document.activeElement)).toBe(true)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expect.poll(() => verdict().textContent()).toBe('Approved')
    expect(await verdict().evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('reads deny before approve, and both are of one size', async () => {
    await open()
    const [deny, approve] = [await button('Deny').boundingBox(), await button('Approve').boundingBox()]
    expect(deny?.width).toBeCloseTo(approve?.width ?? 0, 0)
    expect(deny?.height).toBeCloseTo(approve?.height ?? 0, 0)
  })
})

describe('after the answer', () => {
  it('follows the token to its outcome', async () => {
    const id = await open()
    await button('Approve').click()
    await expect.poll(() => verdict().textContent()).toBe('Approved')
    const { token } = mustSucceed(await site.agent.call('collectToken', { params: { id } }))
    const { jti } = mustSucceed(await site.executor.call('redeem', { body: { token } }))
    await expect.poll(() => verdict().textContent()).toBe('Approved, in progress')
    mustSucceed(await site.executor.call('reportOutcome', { params: { jti }, body: { outcome: 'succeeded' } }))
    await expect.poll(() => verdict().textContent()).toBe('Approved and done')
    expect(await page.locator('.story').textContent()).toMatch(
      /Requested.*You consented.*Token issued.*Token redeemed.*succeeded/,
    )
  })
})

describe('when the gesture does not happen', () => {
  it('says so, sends nothing, and can be tried again', async () => {
    const id = await open()
    const { cdp, authenticatorId } = ada.passkey
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await button('Approve').click()
    await expect.poll(() => status().textContent()).toContain('Nothing was sent')
    expect(await stateOf(id)).toBe('pending')
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await button('Approve').click()
    await expect.poll(() => verdict().textContent()).toBe('Approved')
  })

  it.each(['action', 'preview', 'state', 'aud', 'request', 'sub', 'client_id', 'policy'])(
    'refuses to sign a statement of another %s than the page shows',
    async (member) => {
      const id = await open()
      await page.route('**/approvals/*/options', async (route) => {
        const response = await route.fetch()
        const offer = await response.json()
        offer.statement[member] = `sha-256:${'A'.repeat(43)}`
        await route.fulfill({ response, json: offer })
      })
      await button('Approve').click()
      await expect.poll(() => status().textContent()).toContain('something other than this page shows')
      expect(await stateOf(id)).toBe('pending')
      await page.unroute('**/approvals/*/options')
    },
  )

  it('refuses to sign a challenge of another statement, and never asks the passkey', async () => {
    const id = await open()
    const answered: string[] = []
    page.on('request', (request) => answered.push(new URL(request.url()).pathname))
    await page.route('**/approvals/*/options', async (route) => {
      const response = await route.fetch()
      const offer = await response.json()
      offer.options.challenge = 'A'.repeat(43)
      await route.fulfill({ response, json: offer })
    })
    await button('Approve').click()
    await expect.poll(() => status().textContent()).toContain('the challenge, which is of another statement')
    expect(answered.filter((path) => path.endsWith('/consent'))).toEqual([])
    expect(await stateOf(id)).toBe('pending')
    await page.unroute('**/approvals/*/options')
  })

  it('says when the server cannot be reached', async () => {
    await open()
    await page.context().setOffline(true)
    try {
      await button('Deny').click()
      await expect.poll(() => status().textContent()).toMatch(/did not answer|No connection/)
    } finally {
      await page.context().setOffline(false)
    }
  })
})

describe('when the request ends elsewhere', () => {
  it('takes the buttons away when the time is over', async () => {
    await open({ expires_in: 10 })
    await page.waitForFunction(() => document.querySelector('#verdict') !== null)
    expect(await verdict().textContent()).toBe('Expired')
    expect(await button('Approve').count()).toBe(0)
  })

  it('shows by itself that somebody else denied', async () => {
    const id = await open()
    mustSucceed(await other.page.call('deny', { params: { id }, body: {} }))
    await expect.poll(() => verdict().textContent()).toBe('Denied')
  })

  it('shows by itself that the agent took it back', async () => {
    const id = await open()
    mustSucceed(await site.agent.call('withdrawRequest', { params: { id } }))
    await expect.poll(() => verdict().textContent()).toBe('Withdrawn')
  })
})

describe('what agents say', () => {
  it('is shown with its hidden characters named, and a warning on top', async () => {
    await open({
      action: postAction('safe\u202etxt.exe p\u0430ypal', { resource: 'forum:\u200beng' }),
      reason: 'Approved\u2066 by security',
    })
    const body = (await page.locator('div.request').textContent()) ?? ''
    for (const label of ['U+202E', 'U+200B', 'U+2066', 'Some text in this request is not what it seems'])
      expect(body).toContain(label)
    expect(body).not.toMatch(/[\u202e\u200b\u2066]/)
    expect(await page.locator('.note').first().textContent()).toContain('Latin and Cyrillic letters in one word')
    expect(await page.locator('.lookalike').first().textContent()).toContain('p\u0430ypal')
  })

  it('never becomes markup', async () => {
    const attack = '<img src=x onerror=alert(1)><script>alert(2)</script>'
    await open({
      action: { name: 'forum.post', resource: attack, arguments: { board: attack, [attack]: attack }, salt: newSalt() },
      reason: attack,
      preview: { summary: attack, changes: [{ label: attack, before: attack, after: null }] },
    })
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(await page.locator('blockquote').textContent()).toBe(attack)
  })

  it('is whole, however long, and states its length', async () => {
    const text = Array.from({ length: 900 }, (_, line) => `line ${line} of many`).join('\n')
    await open({ action: postAction(text) })
    expect(await page.locator('.text.scroll').textContent()).toBe(text)
    expect(await page.locator('.long').textContent()).toContain(
      `${text.length.toLocaleString('en')} characters in 900 lines`,
    )
  })

  it('keeps text and numbers apart', async () => {
    await open({ action: postAction('42', { arguments: { text: '42', thread: 42, board: null } }) })
    const facts = await page.locator('.facts dd').allTextContents()
    expect(facts).toContain('42')
    expect(facts).toContain('42 (number)')
    expect(await page.locator('.empties').textContent()).toBe('boardnull (no value)')
  })

  it('is a claim where the agent computed the preview', async () => {
    await open({
      preview: { changes: [{ label: 'Thread', before: 'old words', after: 'new words' }] },
      reason: 'Because',
    })
    const claim = page.locator('section.claim')
    expect(await claim.getByText('claimed, not verified').count()).toBe(1)
    expect(await claim.locator('blockquote').textContent()).toBe('Because')
    const titles = await page.locator('section.card h2').allTextContents()
    expect(titles.indexOf('The exact call')).toBeLessThan(titles.indexOf('What the agent claims'))
    expect(await page.locator('.line.removed b').textContent()).toBe('old')
    expect(await page.locator('.line.added b').textContent()).toBe('new')
  })

  it('is nowhere where it says nothing, and neither is an empty card', async () => {
    await open()
    expect(await page.locator('section.claim, [id^=difference]').count()).toBe(0)
    expect(await page.locator('.extent').textContent()).toContain('no preview')
  })

  it('shows blanks, empty names and names that look alike as what they are', async () => {
    await open({ action: postAction('x', { arguments: { ' to': 'dana ', to: 'dana', '': 1, gap: 'a  b' } }) })
    const members = page.locator('.facts:not(.key) > *')
    expect((await members.allTextContents()).slice(0, 8)).toEqual([
      'empty name',
      '1 (number)',
      '·tolooks like another name',
      'dana·',
      'gap',
      'a··b',
      'tolooks like another name',
      'dana',
    ])
  })

  it('has the name of what is destroyed for good typed before the passkey is asked, never filled in', async () => {
    const id = await open({
      action: { name: 'forum.delete', resource: 'forum:eng/threads/42', arguments: { thread: 42 }, salt: newSalt() },
    })
    const field = page.getByLabel('To approve, type forum:eng/threads/42')
    expect(await field.inputValue()).toBe('')
    const sent: string[] = []
    page.on('request', (request) => sent.push(new URL(request.url()).pathname))
    for (const wrong of ['', 'forum:eng/threads/43', 'FORUM:eng/threads/42']) {
      await field.fill(wrong)
      await button('Approve').click()
      await expect.poll(() => status().textContent()).toContain('Type the name of what this destroys')
    }
    expect(sent.filter((path) => path.startsWith('/approvals/'))).toEqual([])
    await field.fill(' forum:eng/threads/42 ')
    await button('Approve').click()
    await expect.poll(() => verdict().textContent(), { timeout: 10_000 }).toBe('You consented: 1 of 2')
    expect(await stateOf(id)).toBe('pending')
  })

  it('has a sign that there is more to read, until its end is in sight', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await open({ action: postAction('a line\n'.repeat(60)), reason: 'Please' })
    const sign = page.getByText('More to read below')
    await sign.waitFor()
    const placeOf = async (of: typeof sign) => (await of.boundingBox()) ?? expect.fail('none')
    const isWithin = async (bar: string) => {
      const [inner, outer] = [await placeOf(sign), await placeOf(page.locator(bar))]
      return inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height && inner.x >= outer.x
    }
    expect(await isWithin('.answer')).toBe(true)
    const { y } = await placeOf(button('Approve'))
    await page.setViewportSize({ width: 1280, height: 900 })
    expect(await isWithin('.decision')).toBe(true)
    await page.setViewportSize({ width: 390, height: 844 })
    await page.locator('.stop-links').scrollIntoViewIfNeeded()
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
    await sign.waitFor({ state: 'hidden' })
    expect((await placeOf(button('Approve'))).y).toBe(y)
    await page.setViewportSize({ width: 1280, height: 900 })
  })

  it('carries a warning where it destroys', async () => {
    await open({ action: { name: 'forum.delete', resource: 'forum:eng', arguments: { thread: 42 }, salt: newSalt() } })
    expect(await page.locator('.note.danger').textContent()).toContain('cannot be undone')
  })
})
