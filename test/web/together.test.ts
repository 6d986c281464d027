/** Several requests: chosen in the inbox, read whole on one page, answered with one gesture, each with its verdict. */
import { newSalt } from '@countersign/verifier'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { mustSucceed, postAction } from '../setup/authority.ts'
import { sharedBrowser } from '../setup/browser.ts'
import { expectFlawless, shiftOf } from './inspect.ts'
import { openAdminSite } from './site.ts'

const { site, ada, page, other } = await openAdminSite({
  settings: {
    COUNTERSIGN_AGENT_REQUESTS_PER_MINUTE: '1000',
    COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '1000',
    COUNTERSIGN_PENDING_PER_AGENT: '100',
  },
})
afterAll(() => expect(ada.troubles).toEqual([]))

/** More than come with the page. */
const LONG = Array.from({ length: 41 }, (_, at) => `Reply ${at}`)
const posts = (...texts: string[]) =>
  Promise.all(texts.map((text) => site.propose({ action: postAction(text), reason: 'Dana asked' })))
const deletion = (thread = '17') =>
  site.propose({ action: { ...postAction(), name: 'forum.delete', arguments: { thread, note: 'p\u0430ypal\u200b' } } })
const stateOf = async (id: string) => mustSucceed(await site.agent.call('viewRequest', { params: { id } })).state
const statesOf = (ids: readonly string[]) => Promise.all(ids.map(stateOf))
const denyAll = async (ids: readonly string[]) => {
  for (const id of ids) await other.page.call('deny', { params: { id }, body: {} })
}
const button = (name: string) => page.getByRole('button', { name })
const open = (ids: readonly string[]) => page.goto(`/approve?${ids.map((id) => `request=${id}`).join('&')}`)
const verdicts = () => page.locator('[data-verdict]').allTextContents()
const heading = () => page.getByRole('heading', { level: 1 }).textContent()
const status = () => page.locator('[data-status]').textContent()

/** Nothing of one test waits in the inbox of the next. */
beforeEach(async () => denyAll(mustSucceed(await other.page.call('inbox')).requests.map(({ id }) => id)))

describe('the inbox', () => {
  it('folds similar requests, under what they have in common', async () => {
    await posts('One', 'Two', 'Three')
    await deletion()
    await page.goto('/')
    const folds = page.locator('[data-fold]')
    expect(await folds.count()).toBe(1)
    expect((await folds.locator('summary').textContent())?.replace(/\s+/g, ' ')).toMatch(
      /3 ?Publish a reply in eng, thread 42.*3 similar requests/,
    )
    expect(await page.locator('[data-row]:visible').count()).toBe(
      1 + (await page.locator('[data-rows=answered] [data-row]').count()),
    )
    await folds.locator('summary').click()
    expect(await folds.locator('[data-row]:visible').count()).toBe(3)
  })

  it('keeps what was chosen, what is unfolded and the focus, while others arrive; nothing jumps', async () => {
    await posts('One', 'Two')
    await page.goto('/')
    await page.locator('summary.row').click()
    const boxes = page.locator('[data-fold] input[name=request]')
    await boxes.first().check()
    const chosen = await boxes.first().getAttribute('value')
    await boxes.first().focus()
    await posts('Three')
    await expect.poll(() => page.locator('[data-rows=waiting] [data-row]').count()).toBe(3)
    expect(await page.locator(`input[value="${chosen}"]`).isChecked()).toBe(true)
    expect(await page.locator('[data-fold] details').getAttribute('open')).not.toBeNull()
    expect(
      await page.evaluate(() => document.activeElement instanceof HTMLInputElement && document.activeElement.value),
    ).toBe(chosen)
    expect(await page.getByText('1 chosen').isVisible()).toBe(true)
    expect(await shiftOf(page)).toBeLessThan(0.01)
  })

  it('fetches the rows of a long fold when it is opened, and keeps them', async () => {
    await posts(...LONG)
    await page.goto('/')
    const folded = page.locator('[data-fold] [data-row]')
    expect(await folded.count()).toBe(0)
    await page.locator('summary.row').click()
    await expect.poll(() => folded.count()).toBe(LONG.length)
    const box = folded.nth(7).locator('input')
    const chosen = await box.getAttribute('value')
    await box.check()
    await posts('Another')
    await expect.poll(() => folded.count()).toBe(LONG.length + 1)
    expect(await page.locator('#news').textContent()).toContain('New request: Publish a reply')
    expect(await page.locator('input[name=request]:checked').getAttribute('value')).toBe(chosen)
    expect(await page.locator('[data-fold] details').getAttribute('open')).not.toBeNull()
    await page.reload()
    expect(await folded.count()).toBe(LONG.length + 1)
  })

  it('announces what comes to a long fold that is closed, and chooses as many of it as fit', async () => {
    await posts(...LONG)
    await page.goto('/')
    await posts('Another')
    await expect.poll(() => page.locator('#news').textContent()).toContain('New request: 42 Publish a reply')
    expect(await page.locator('[data-fold] [data-row]').count()).toBe(0)
    await page.locator('[data-choose-fold]').click()
    await expect.poll(() => page.locator('[data-chosen]').textContent()).toBe('16 chosen')
    expect(await page.locator('[data-fold] input[name=request]:checked').count()).toBe(16)
    await page.locator('[data-choose-none]').click()
  })

  it('shows the rows of a long fold without JavaScript, too', async () => {
    await posts(...LONG)
    const storageState = await page.context().storageState()
    const plain = await (await sharedBrowser()).newContext({
      baseURL: site.origin,
      storageState,
      javaScriptEnabled: false,
    })
    const reader = await plain.newPage()
    await reader.goto('/')
    await reader.locator('summary.row').click()
    await reader.getByRole('link', { name: 'Show each of them' }).click()
    await reader.waitForURL('**/?open=*')
    expect(await reader.locator('[data-fold] [data-row]:visible').count()).toBe(LONG.length)
    await plain.close()
  })

  it('chooses a whole fold with one box, with the keyboard alone', async () => {
    await posts('One', 'Two', 'Three')
    await page.goto('/')
    const all = page.getByLabel('Choose all 3')
    await all.focus()
    await page.keyboard.press('Space')
    expect(await page.getByText('3 chosen').isVisible()).toBe(true)
    await page.locator('summary.row').focus()
    await page.keyboard.press('Enter')
    await page.locator('[data-fold] input[name=request]').first().focus()
    await page.keyboard.press('Space')
    expect(await all.evaluate((box) => box instanceof HTMLInputElement && box.indeterminate)).toBe(true)
    await button('Review 2 together').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/approve?*')
    expect(await heading()).toBe('2 requests, one confirmation')
  })

  it('leads to no more than sixteen at once', async () => {
    await posts(...Array.from({ length: 17 }, (_, at) => `Post ${at}`))
    await page.goto('/')
    await page.getByLabel('Choose the first 16 of these 17').check()
    expect(await page.getByText('16 chosen').isVisible()).toBe(true)
    const left = 'A page shows 16 requests at most: 1 of this group is left. Review the chosen ones first.'
    expect(await page.locator('[data-chosen-note]').textContent()).toBe(left)
    expect(await page.locator('#news').textContent()).toBe(left)
    await page.locator('summary.row').click()
    await page.locator('[data-fold] input[name=request]').last().check()
    const many = 'A page shows 16 requests at most. Uncheck 1 to go on.'
    expect(await page.locator('[data-chosen-note]').textContent()).toBe(many)
    expect(await page.locator('#news').textContent()).toBe(many)
    await button('Review 17 together').click({ force: true })
    expect(new URL(page.url()).pathname).toBe('/')
  })

  it('offers no box for what a kill switch stops, and says so on the page too', async () => {
    const [id = ''] = await posts('Stopped')
    await page.goto('/')
    const body = { selector: { request: id }, reason: 'Wrong board' }
    mustSucceed(await other.page.call('engageKillSwitch', { body }))
    await expect.poll(() => page.locator(`[data-row="${id}"]`).textContent()).toContain('Stopped by a kill switch')
    expect(await page.locator(`input[value="${id}"]`).count()).toBe(0)
    await page.goto(`/approve/${id}`)
    expect(await page.locator('.cannot').textContent()).toContain('A kill switch stops this action')
    expect(await button('Approve').count()).toBe(0)
    expect(await button('Deny').count()).toBe(1)
  })

  it('says so by itself where the page was open before', async () => {
    const ids = await posts('Reading', 'Reading too')
    await open(ids)
    const body = { selector: { request: ids[0] ?? '' }, reason: 'Wrong board' }
    mustSucceed(await other.page.call('engageKillSwitch', { body }))
    await page.getByRole('button', { name: 'Approve 1' }).waitFor()
    expect(await page.locator('.cannot').textContent()).toContain('It is left out of the joint confirmation')
    await button('Approve 1').click()
    await expect.poll(() => statesOf(ids)).toEqual(['pending', 'approved'])
  })
})

describe('the page of several', () => {
  it('has each of them whole: who, for whom, the call, its reason, its digest, hidden characters named', async () => {
    const ids = [...(await posts('Restart the router.')), await deletion()]
    await open(ids)
    for (const [at, words] of [
      [0, ['helpdesk-agent asks on behalf of dana', 'Restart the router.', 'Dana asked', 'forum.example']],
      [
        1,
        [
          'This destroys something',
          'Some text in this request is not what it seems',
          'zero width space',
          'forum.delete',
        ],
      ],
    ] as const) {
      const one = page.locator('.one').nth(at)
      const text = (await one.textContent())?.replace(/\s+/g, ' ')
      for (const word of words) expect(text).toContain(word)
      expect(text).toContain(await one.getAttribute('data-digest'))
      expect(text).toContain('If you approve')
    }
  })

  it('signs nothing where the challenge is of other requests than the page shows', async () => {
    const ids = await posts('One', 'Two')
    await open(ids)
    for (const change of [
      (offer: { options: { challenge: string } }) => {
        offer.options.challenge = 'A'.repeat(43)
      },
      (offer: { statements: unknown[] }) => {
        offer.statements.reverse()
      },
    ]) {
      await page.route('**/approvals/options', async (route) => {
        const response = await route.fetch()
        const offer = await response.json()
        change(offer)
        await route.fulfill({ response, json: offer })
      })
      await button('Approve 2').click()
      await expect.poll(() => page.locator('[data-status]').textContent()).toContain('other than this page shows')
      await page.unroute('**/approvals/options')
    }
    for (const id of ids)
      expect(mustSucceed(await site.agent.call('viewRequest', { params: { id } })).state).toBe('pending')
  })

  it('approves all with one gesture, and names the verdict of each', async () => {
    const ids = await posts('One', 'Two', 'Three')
    await open(ids)
    const sent: string[] = []
    page.on('request', (request) => sent.push(new URL(request.url()).pathname))
    await button('Approve 3').dblclick()
    await expect.poll(heading).toBe('3 requests answered')
    expect(sent.filter((path) => path === '/approvals/consent')).toHaveLength(1)
    expect(await page.locator('.lead').textContent()).toBe('3 approved.')
    expect(await verdicts()).toEqual(['Approved', 'Approved', 'Approved'])
    expect(await page.getByRole('heading', { level: 1 }).evaluate((title) => title === document.activeElement)).toBe(
      true,
    )
    expect(await statesOf(ids)).toEqual(['approved', 'approved', 'approved'])
  })

  it('reads deny before approve, both of one size, and denies all without a passkey, with a reason', async () => {
    const ids = await posts('One', 'Two')
    await open(ids)
    const [deny, approve] = [await button('Deny all 2').boundingBox(), await button('Approve 2').boundingBox()]
    expect(deny?.width).toBeCloseTo(approve?.width ?? 0, 0)
    expect(deny?.height).toBeCloseTo(approve?.height ?? 0, 0)
    await page.getByText('Add a reason for denying').click()
    await page.getByLabel('Reason, recorded').fill('Not today')
    await button('Deny all 2').click()
    await expect.poll(verdicts).toEqual(['Denied', 'Denied'])
    expect(await statesOf(ids)).toEqual(['denied', 'denied'])
  })

  it('denies one of them and approves the rest', async () => {
    const ids = await posts('One', 'Two', 'Three')
    await open(ids)
    await page.locator('.one').nth(1).getByRole('button', { name: 'Deny this one' }).click()
    await button('Approve 2').click()
    await expect.poll(verdicts).toEqual(['Approved', 'Denied', 'Approved'])
    expect(await statesOf(ids)).toEqual(['approved', 'denied', 'approved'])
  })

  it('leaves one for later, and has a single one answered on its own page', async () => {
    const ids = await posts('One', 'Two')
    await open(ids)
    await page.locator('.one').first().getByRole('link', { name: 'Decide later' }).click()
    await page.waitForURL(`**/approve/${ids[1]}`)
    await open(ids.slice(0, 1))
    await page.waitForURL(`**/approve/${ids[0]}`)
  })

  it('names what ended while the passkey was asked, and approves the others', async () => {
    const ids = await posts('One', 'Two', 'Three')
    await open(ids)
    await page.route('**/approvals/consent', async (route) => {
      mustSucceed(await site.agent.call('withdrawRequest', { params: { id: ids[1] ?? '' } }))
      await route.continue()
    })
    await button('Approve 3').click()
    await expect.poll(verdicts).toEqual(['Approved', 'Withdrawn', 'Approved'])
    expect(await page.locator('[data-note]').nth(1).textContent()).toContain(
      'does not count: Its agent withdrew the request',
    )
    await page.unroute('**/approvals/consent')
  })

  it('drops what ended before, without moving what is being read', async () => {
    const ids = await posts('One', 'Two', 'Three')
    await open(ids)
    await page
      .locator('.one')
      .first()
      .evaluate((one) => Object.assign(one, { untouched: true }))
    mustSucceed(await other.page.call('deny', { params: { id: ids[2] ?? '' }, body: {} }))
    await button('Approve 2').waitFor()
    expect(
      await page
        .locator('.one')
        .first()
        .evaluate((one) => 'untouched' in one),
    ).toBe(true)
    expect(await verdicts()).toEqual(['Denied'])
    await button('Approve 2').click()
    await expect.poll(verdicts).toEqual(['Approved', 'Approved', 'Denied'])
  })

  it.each(['action', 'preview', 'aud', 'request'])(
    'refuses to sign where a statement is of another %s than the page shows',
    async (member) => {
      const ids = await posts('One', 'Two')
      await open(ids)
      await page.route('**/approvals/options', async (route) => {
        const response = await route.fetch()
        const offer = await response.json()
        offer.statements[1][member] = `sha-256:${'A'.repeat(43)}`
        await route.fulfill({ response, json: offer })
      })
      await button('Approve 2').click()
      await expect.poll(status).toContain('something other than this page shows')
      expect(await statesOf(ids)).toEqual(['pending', 'pending'])
      await page.unroute('**/approvals/options')
    },
  )

  it.each<[string, (statements: object[]) => object[]]>([
    ['more', (statements) => [...statements, ...statements.slice(0, 1)]],
    ['fewer', (statements) => statements.slice(1)],
    ['the same in another order', (statements) => [...statements].reverse()],
  ])('refuses to sign %s than the page shows', async (_, bend) => {
    const ids = await posts('One', 'Two')
    await open(ids)
    await page.route('**/approvals/options', async (route) => {
      const response = await route.fetch()
      const offer = await response.json()
      await route.fulfill({ response, json: { ...offer, statements: bend(offer.statements) } })
    })
    await button('Approve 2').click()
    await expect.poll(status).toContain('something other than this page shows')
    expect(await statesOf(ids)).toEqual(['pending', 'pending'])
    await page.unroute('**/approvals/options')
  })

  it('says when the gesture does not happen, and can be tried again', async () => {
    const ids = await posts('One', 'Two')
    await open(ids)
    const { cdp, authenticatorId } = ada.passkey
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    await button('Approve 2').click()
    await expect.poll(status).toContain('Nothing was sent')
    expect(await statesOf(ids)).toEqual(['pending', 'pending'])
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
    await button('Approve 2').click()
    await expect.poll(verdicts).toEqual(['Approved', 'Approved'])
  })

  it('leaves a change to the authority out of the gesture, and says so', async () => {
    const action = { name: 'countersign.key.rotate', resource: 'keys', arguments: {}, salt: newSalt() }
    const change = mustSucceed(await other.page.call('openAdministration', { body: { action } })).id
    const ids = [...(await posts('One', 'Two')), change]
    await open(ids)
    expect(await page.locator('.cannot').textContent()).toContain('consented to by itself')
    await button('Approve 2').click()
    await expect.poll(() => statesOf(ids.slice(0, 2))).toEqual(['approved', 'approved'])
    await expect.poll(() => page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    await button('Deny it').click()
    await expect.poll(verdicts).toEqual(['Approved', 'Approved', 'Denied'])
  })

  it('leaves out of the gesture what is final or warned about, and names what it approves', async () => {
    const ids = [...(await posts('One', 'Two', 'p\u0430y it')), await deletion()]
    await open(ids)
    expect(await page.locator('.cannot').allTextContents()).toEqual([
      'Some of its text is not what it seems. Such a request is approved by itself, on its own page. It is left out of the joint confirmation: open it.',
      'What cannot be undone is consented to by itself, on its own page. It is left out of the joint confirmation: open it.',
    ])
    expect(await page.locator('.at-stake li').allTextContents()).toEqual([
      expect.stringMatching(/^Publish a reply.*Writes.*Can be undone/),
      expect.stringMatching(/^Publish a reply.*Writes.*Can be undone/),
    ])
    const refused = await other.page.call('offerBatch', { body: { requests: [ids[0] ?? '', ids[3] ?? ''] } })
    expect(refused).toMatchObject({ problem: { code: 'forbidden' } })
    await button('Approve 2').click()
    await expect.poll(() => statesOf(ids)).toEqual(['approved', 'approved', 'pending', 'pending'])
    await denyAll(ids.slice(2))
  })

  it.each([
    '',
    '?request=x',
    `?${Array.from({ length: 17 }, (_, at) => `request=${`${at}`.padStart(22, 'A')}`).join('&')}`,
  ])('shows nothing for an address that names no such requests: %s', async (query) => {
    await page.goto(`/approve${query}`)
    expect(await heading()).toBe('These requests cannot be shown together')
  })
})

describe('looked at closely', () => {
  it('is without fault: the inbox with folds and a choice, the page, its result', async () => {
    const long = Array.from({ length: 60 }, (_, line) => `line ${line}`).join('\n')
    const ids = [...(await posts('One', long, long)), await deletion(`p\u0430ypal\u200b${'W'.repeat(300)}`)]
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto('/')
    await page.locator('summary.row').first().click()
    await page.locator('[data-choose-fold]').first().check()
    await expectFlawless(ada, 'inbox, chosen')
    await page.setViewportSize({ width: 390, height: 844 })
    await open(ids)
    await page.getByText('Show as JSON').nth(1).click()
    await page.getByText('Show as JSON').nth(2).click()
    await expectFlawless(ada, 'several')
    await button('Approve 3').click()
    await button('Deny it').click()
    await expect.poll(heading).toBe('4 requests answered')
    await expectFlawless(ada, 'several, answered')
  })
})
