/** A stolen authority: it signs whatever it likes, but it has no passkey. And people: each counts once. */
import { createVerifier } from '@countersign/verifier'
import { describe, expect, test } from 'vitest'
import { createAuthenticator } from '../setup/authenticator.ts'
import { ACTION, AUDIENCE, approversOf, codeOf, createWorld, ISSUER, type Person, RP_ID } from './world.ts'

async function impostor(id: string): Promise<Person> {
  return { id, agents: [], passkeys: [await createAuthenticator({ rpId: RP_ID, origin: ISSUER })] }
}

describe('with pinned approvers', () => {
  test('a person’s consent is accepted without asking the authority who they are', async () => {
    const world = await createWorld()
    const verifier = world.verifier({ approvers: approversOf([world.ada]) })
    expect(await codeOf(verifier.verify(await world.mint({ by: [[world.ada]] }), ACTION))).toBe('accepted')
    expect(world.requests).not.toContain(`GET ${ISSUER}/.well-known/approvers.json`)
  })

  test('a passkey that the authority enrolled in a person’s name is not', async () => {
    const world = await createWorld()
    const verifier = world.verifier({ approvers: approversOf([world.ada]) })
    const fake = await impostor(world.ada.id)
    world.approvers = approversOf([fake])
    expect(await codeOf(verifier.verify(await world.mint({ by: [[fake]] }), ACTION))).toBe('consent_invalid')
    expect(await codeOf(world.verifier().verify(await world.mint({ by: [[fake]] }), ACTION))).toBe('accepted')
  })

  test('a policy’s word is not enough, unless the executor says so', async () => {
    const world = await createWorld()
    const verifier = world.verifier({ approvers: world.approvers })
    expect(await codeOf(verifier.verify(await world.mint(), ACTION))).toBe('consent_missing')
    expect(await codeOf(verifier.verify(await world.mint(), ACTION, { policyMayAllow: true }))).toBe('accepted')
    expect(await codeOf(world.verifier().verify(await world.mint(), ACTION, { policyMayAllow: false }))).toBe(
      'consent_missing',
    )
  })

  test('a list that cannot be meant is refused at once, or at the first use', async () => {
    const world = await createWorld()
    const make = (approvers: unknown) => () =>
      createVerifier({
        issuer: ISSUER,
        audience: AUDIENCE,
        credential: 'x',
        approvers: approvers as typeof world.approvers,
      })
    expect(make({ ...world.approvers, origins: undefined })).toThrow('origins')
    expect(make({ ...world.approvers, extra: 1 })).toThrow('approvers.json')
    const twice = { ...world.approvers, approvers: [...world.approvers.approvers, ...world.approvers.approvers] }
    const token = await world.mint({ by: [[world.ada]] })
    expect(await codeOf(world.verifier({ approvers: twice }).verify(token, ACTION))).toBe('invalid_request')
  })
})

describe('a quorum', () => {
  const two = { edits: { 'approval.quorum': 2 } }

  test('of two is met by two people', async () => {
    const world = await createWorld()
    const token = await world.mint({ by: [[world.ada], [world.cleo]], ...two })
    expect((await world.verifier().verify(token, ACTION)).approvers).toHaveLength(2)
  })

  test('is not met by one person with two passkeys', async () => {
    const world = await createWorld()
    const [first, second] = world.ada.passkeys
    const by = [
      [world.ada, first],
      [world.ada, second],
    ] as const
    expect(
      await codeOf(world.verifier().verify(await world.mint({ by: by.map(([p, k]) => [p, k]), ...two }), ACTION)),
    ).toBe('quorum_unmet')
  })

  test('takes a deputy’s consent, whose signature names the absent person', async () => {
    const world = await createWorld()
    const onBehalfOf = { 'person-cleo': 'person-ben' }
    const order = { by: [[world.ada], [world.cleo]], onBehalfOf, ...two } satisfies Parameters<typeof world.mint>[0]
    expect((await world.verifier().verify(await world.mint(order), ACTION)).approvers).toHaveLength(2)
    for (const other of [undefined, 'person-zac']) {
      const tampered = { 'approval.consents.1.on_behalf_of': other }
      const token = await world.mint({ ...order, tampered })
      expect(await codeOf(world.verifier().verify(token, ACTION))).toBe('consent_invalid')
    }
  })

  test('is not met by one passkey under two names', async () => {
    const world = await createWorld()
    const alias: Person = { ...world.ada, id: 'person-alias' }
    world.approvers = approversOf([world.ada, alias])
    const token = await world.mint({ by: [[world.ada], [alias]], ...two })
    expect(await codeOf(world.verifier().verify(token, ACTION))).toBe('authority_unreachable')
  })

  test('is spoilt by one consent that does not hold, even when enough others do', async () => {
    const world = await createWorld()
    const token = await world.mint({
      by: [[world.ada], [world.ben]],
      edits: { 'approval.quorum': 1 },
      tampered: { 'approval.consents.1.nonce': world.random(32) },
    })
    expect(await codeOf(world.verifier().verify(token, ACTION))).toBe('consent_invalid')
  })

  test('cannot be reached by people who were shown different changes', async () => {
    const world = await createWorld()
    const token = await world.mint({
      by: [[world.ada], [world.ben]],
      tampered: { 'approval.consents.1.preview': `sha-256:${'A'.repeat(43)}` },
    })
    expect(await codeOf(world.verifier().verify(token, ACTION))).toBe('token_malformed')
  })
})

test('someone who enrolled a moment ago is found by asking again', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  await verifier.verify(await world.mint({ by: [[world.ada]] }), ACTION)
  const dora = await impostor('person-dora')
  world.approvers = approversOf([world.ada, dora])
  world.now += 6
  expect(await codeOf(verifier.verify(await world.mint({ by: [[dora]] }), ACTION))).toBe('accepted')
})

test('a removed passkey stops counting within a minute', async () => {
  const world = await createWorld()
  const verifier = world.verifier()
  await verifier.verify(await world.mint({ by: [[world.ada]] }), ACTION)
  world.approvers = approversOf([world.ben])
  world.now += 61
  expect(await codeOf(verifier.verify(await world.mint({ by: [[world.ada]] }), ACTION))).toBe('consent_invalid')
})

test('without the authority’s list nobody’s consent is known', async () => {
  const world = await createWorld()
  world.replies.set(`GET ${ISSUER}/.well-known/approvers.json`, () => undefined)
  expect(await codeOf(world.verifier().verify(await world.mint({ by: [[world.ada]] }), ACTION))).toBe(
    'authority_unreachable',
  )
})
