/** A software passkey's answer as the typed client takes it: plain members, and the rest left to the authority. */
import type { Client } from '../../src/client/client.ts'
import {
  type AssertOptions,
  type Authenticator,
  createAuthenticator,
  newPasskey,
  wire,
} from '../setup/authenticator.ts'
import { mustSucceed, type Person } from '../setup/authority.ts'

export { wire }

type Creation = Parameters<Authenticator['register']>[0]

/** Options as they came over the wire, for the authenticator that reads them. */
export const creationOf = (options: unknown): Creation => options as Creation

/** What a passkey is asked to sign, in options for an existing one. */
export const challengeOf = (options: unknown): string => (options as { readonly challenge: string }).challenge

/** What an offer asks a passkey to sign. */
export async function challengeFor(page: Client, request: string): Promise<string> {
  return String(mustSucceed(await page.call('offerConsent', { params: { id: request } })).options['challenge'])
}

/** Consents with whatever the overrides make of an honest assertion. */
export async function consentWith(
  { page, authenticator }: Pick<Person, 'page' | 'authenticator'>,
  request: string,
  overrides: Partial<AssertOptions> = {},
) {
  const challenge = await challengeFor(page, request)
  const assertion = wire(await authenticator.assert({ challenge, ...overrides }))
  return page.call('consent', { params: { id: request }, body: { assertion } })
}

/** What an offer of several asks a passkey to sign. */
export async function batchChallengeFor(page: Client, requests: readonly string[]): Promise<string> {
  const offered = await page.call('offerBatch', { body: { requests: [...requests] } })
  return String(mustSucceed(offered).options['challenge'])
}

/** Consents to several with whatever the overrides make of an honest assertion. */
export async function consentToAll(
  { page, authenticator }: Pick<Person, 'page' | 'authenticator'>,
  requests: readonly string[],
  overrides: Partial<AssertOptions> = {},
) {
  const challenge = await batchChallengeFor(page, requests)
  const assertion = wire(await authenticator.assert({ challenge, ...overrides }))
  return page.call('consentBatch', { body: { requests: [...requests], assertion } })
}

/** Adds a second passkey to a person, authorised by their first. */
export async function addPasskeyTo(
  { page, authenticator }: Pick<Person, 'page' | 'authenticator'>,
  relyingParty: { readonly origin: string; readonly rpId: string },
): Promise<Authenticator> {
  const second = await createAuthenticator(relyingParty)
  mustSucceed(await addPasskeyWith({ page, authenticator }, second))
  return second
}

/** Adds exactly this one, authorised by the first. */
export async function addPasskeyWith(
  { page, authenticator }: Pick<Person, 'page' | 'authenticator'>,
  added: Authenticator,
) {
  const { made, challenge } = mustSucceed(await makePasskey(page, added))
  const assertion = wire(await authenticator.assert({ challenge }))
  return page.call('addPasskey', { body: { ...made, assertion } })
}

/** A further passkey that was made and signed; with the challenge for the existing one that authorises it. */
export async function makePasskey(page: Client, added: Authenticator, overrides: Partial<AssertOptions> = {}) {
  const { options } = mustSucceed(await page.call('addPasskeyOptions', { body: { label: 'Second key' } }))
  const made = await newPasskey(added, options, overrides)
  const offered = await page.call('authorisePasskeyOptions', { body: made })
  return offered.ok ? { ...offered, value: { made, challenge: challengeOf(offered.value.options) } } : offered
}
