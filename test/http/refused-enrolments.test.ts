/** Refused enrolments in the ledger: each kind once, what repeats as a number, and a stranger's by its code alone. */
import { newSalt } from '@countersign/verifier'
import { afterEach, expect, it } from 'vitest'
import { createAuthenticator, newPasskey } from '../setup/authenticator.ts'
import {
  addAgent,
  enrolFirstAdmin,
  mustSucceed,
  pageOf,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { UNASKED_ATTESTATIONS, UNUSABLE_KEYS } from '../setup/odd-keys.ts'
import { makePasskey } from './passkey-json.ts'
import { expectRefusal } from './watch.ts'

const started: TestAuthority[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((authority) => authority.stop()))
})

async function start(settings = {}): Promise<TestAuthority> {
  const generous = { COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '1000', ...settings }
  const authority = await startAuthority({ database: 'pglite', settings: generous })
  started.push(authority)
  return authority
}

/** The refusals in the ledger, without their instants and traces. */
async function refusals(authority: TestAuthority): Promise<readonly unknown[]> {
  const all = await authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return all
    .map(({ body }) => JSON.parse(body))
    .filter(({ type }) => type === 'token.refused')
    .map(({ v: _v, type: _type, at: _at, trace: _trace, since: _since, ...members }) => members)
}

const secret = () => `${newSalt()}${newSalt().slice(0, 21)}`
const viewLink = (authority: TestAuthority, invitation = secret()) =>
  pageOf(authority).call('viewInvitation', { body: { invitation } })

it('a wrong link is one entry a minute, however many links are guessed, and in whatever way', async () => {
  const authority = await start()
  const name = 'Mallory'
  for (let time = 0; time < 100; time++) {
    expectRefusal(await viewLink(authority), 'not_found')
    const body = { invitation: secret(), name }
    expectRefusal(await pageOf(authority).call('enrolOptions', { body }), 'not_found')
  }
  expect(await refusals(authority)).toEqual([{ code: 'not_found', enrolment: true }])
  authority.advance(60)
  await authority.services.sweep()
  expect((await refusals(authority)).slice(1)).toEqual([{ code: 'not_found', enrolment: true, count: 199 }])
})

it('a stranger who is turned away for their number writes nothing', async () => {
  const authority = await start({ COUNTERSIGN_ANONYMOUS_CALLS_PER_MINUTE: '3' })
  for (let time = 0; time < 3; time++) expectRefusal(await viewLink(authority), 'not_found')
  for (let time = 0; time < 3; time++) expectRefusal(await viewLink(authority), 'rate_limited')
  authority.advance(60)
  await authority.services.sweep()
  expect((await refusals(authority)).slice(1)).toEqual([{ code: 'not_found', enrolment: true, count: 2 }])
})

it('by a link that counts: an unusable key, an attestation nobody asked for, and what was registered meanwhile', async () => {
  const authority = await start()
  const page = pageOf(authority)
  const invitation = new URL((await authority.services.people.firstAdminLink()) ?? '').hash.slice(1)
  const begin = async (registers: object) => {
    const offered = mustSucceed(await page.call('enrolOptions', { body: { invitation, name: 'Ada' } }))
    const device = await createAuthenticator({ ...authority.config, registers })
    const made = await newPasskey(device, offered.options)
    return () => page.call('enrol', { body: { invitation, ...made } })
  }
  const odd = [
    ...UNUSABLE_KEYS.slice(0, 3).map(([, cose]) => ({ cose })),
    ...UNASKED_ATTESTATIONS.map(([, one]) => one),
  ]
  for (const registers of odd) expectRefusal(await (await begin(registers))(), 'consent_invalid')
  const send = await begin({})
  await addAgent(authority, 'late-agent')
  expectRefusal(await send(), 'invalid_request')
  expect(await refusals(authority)).toEqual([
    { code: 'consent_invalid', enrolment: true },
    { code: 'invalid_request', enrolment: true },
  ])
  mustSucceed(await (await begin({}))())
  authority.advance(60)
  await authority.services.sweep()
  expect((await refusals(authority)).slice(2)).toEqual([
    { code: 'consent_invalid', enrolment: true, count: odd.length - 1 },
  ])
})

it('of a further passkey names its person', async () => {
  const authority = await start()
  const ada = await enrolFirstAdmin(authority)
  const add = async (registers: object) => {
    return makePasskey(ada.page, await createAuthenticator({ ...authority.config, registers }))
  }
  for (const [, cose] of UNUSABLE_KEYS.slice(0, 3)) expectRefusal(await add({ cose }), 'consent_invalid')
  expect(await refusals(authority)).toEqual([{ code: 'consent_invalid', enrolment: true, approver: ada.id }])
})
