/** A further passkey of one's own: the existing one signs for exactly the key that was made, and no other gets in. */
import { base64urlEncode } from '@countersign/verifier'
import { authorisationChallenge, authorisationStatement } from '@countersign/verifier/authority'
import { afterEach, expect, it } from 'vitest'
import { hashSecret } from '../../src/domain/identity/credential.ts'
import { prepareEntry } from '../../src/domain/ledger/entry.ts'
import { addPasskeyWith, challengeOf } from '../http/passkey-json.ts'
import { expectRefusal } from '../http/watch.ts'
import { type Authenticator, createAuthenticator, newPasskey, wire } from '../setup/authenticator.ts'
import {
  enrolFirstAdmin,
  mustSucceed,
  type Person,
  pageOf,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'

let authority: TestAuthority
afterEach(() => authority.stop())

async function start(): Promise<Person> {
  authority = await startAuthority({ database: 'pglite' })
  return enrolFirstAdmin(authority)
}

async function entries(type: string) {
  const all = await authority.store.entriesAfter({ after: 0, limit: 10_000 })
  return all.map(({ body }) => JSON.parse(body)).filter((entry) => entry.type === type)
}

const signedBy = async (passkey: Authenticator, challenge: string) => {
  const { response } = await passkey.assert({ challenge })
  return {
    authenticator_data: response.authenticatorData,
    client_data_json: response.clientDataJSON,
    signature: response.signature,
  }
}

/** A key that was made, another one that answers the same offer, and what Ada signs for the first. */
async function madeAndSwapped(ada: Person) {
  const { options, statement } = mustSucceed(await ada.page.call('addPasskeyOptions', { body: {} }))
  const other = await createAuthenticator(authority.config)
  const first = await newPasskey(await createAuthenticator(authority.config), options)
  const swapped = await newPasskey(other, options)
  const authorising = mustSucceed(await ada.page.call('authorisePasskeyOptions', { body: first }))
  const challenge = challengeOf(authorising.options)
  return { first, swapped, other, challenge, nonce: String(statement['nonce']), asked: challengeOf(options.creation) }
}

it('is added with the signature of an existing one over its own thumbprint', async () => {
  const ada = await start()
  const added = await createAuthenticator(authority.config)
  mustSucceed(await addPasskeyWith(ada, added))
  const entry = (await entries('credential.added')).at(-1)
  const statement = authorisationStatement(
    { iss: authority.config.origin, approver: ada.id, roles: ['admin', 'approver'], nonce: entry.enrolment.nonce },
    { credential: await hashSecret(added.credentialId), key: added.kid },
  )
  const signed = JSON.parse(Buffer.from(entry.authorisation.client_data_json, 'base64url').toString())
  expect(signed.challenge).toBe(base64urlEncode(await authorisationChallenge(statement)))
  expect(entry).toMatchObject({ authorised_by: ada.authenticator.kid, public_key: { kid: added.kid } })
  expect(mustSucceed(await ada.page.call('listPasskeys')).passkeys).toHaveLength(2)
})

it('is not another one than was signed for; the attempt is over, and in the ledger', async () => {
  const ada = await start()
  const { first, swapped, challenge } = await madeAndSwapped(ada)
  const assertion = wire(await ada.authenticator.assert({ challenge }))
  expectRefusal(await ada.page.call('addPasskey', { body: { ...swapped, assertion } }), 'consent_invalid')
  expectRefusal(await ada.page.call('addPasskey', { body: { ...first, assertion } }), 'consent_invalid')
  expect(await entries('token.refused')).toMatchObject([{ code: 'consent_invalid', approver: ada.id, enrolment: true }])
  expect(mustSucceed(await ada.page.call('listPasskeys')).passkeys).toHaveLength(1)
})

it('is not made twice for one offer, nor added without the step between', async () => {
  const ada = await start()
  const { swapped, asked } = await madeAndSwapped(ada)
  expectRefusal(await ada.page.call('authorisePasskeyOptions', { body: swapped }), 'consent_invalid')
  const assertion = wire(await ada.authenticator.assert({ challenge: asked }))
  expectRefusal(await ada.page.call('addPasskey', { body: { ...swapped, assertion } }), 'consent_invalid')
})

it('that SQL puts beside a signature for another one opens nothing, and is shouted about', async () => {
  const ada = await start()
  const { other, challenge, nonce, asked } = await madeAndSwapped(ada)
  const members = {
    approver: ada.id,
    credential: await hashSecret(other.credentialId),
    public_key: { ...other.approverKey },
    enrolment: { nonce, ...(await signedBy(other, asked)) },
    authorised_by: ada.authenticator.kid,
    authorisation: await signedBy(ada.authenticator, challenge),
  }
  const entry = await prepareEntry('credential.added', 0, 'ab'.repeat(16), members)
  await authority.store.appendEntries([entry])
  await authority.database.run({
    text: `INSERT INTO passkeys
      (credential_id, approver, label, key, counter, backed_up, transports, aaguid, created_at)
      VALUES ('${other.credentialId}', '${ada.id}', 'Slipped', '${JSON.stringify(other.approverKey)}', 0, false, '[]', '', 0)`,
    parameters: [],
  })
  const page = pageOf(authority)
  const { options } = mustSucceed(await page.call('signInOptions'))
  const assertion = wire(await other.assert({ challenge: challengeOf(options) }))
  expectRefusal(await page.call('signIn', { body: { assertion } }), 'consent_invalid')
  expect(await entries('configuration.refused')).toMatchObject([{ kind: 'passkey', subject: other.kid }])
})
