/** Agents, executors, credentials, and the changes an admin's token allows. */
import { expect, it } from 'vitest'
import type { Given } from './contract.ts'
import { agent, allowed, credential, entry, executor, hash, NOW, parties, payload, redeem } from './fixtures.ts'

export function partyContract(given: Given): void {
  it('knows who calls, at this moment', async () => {
    const { store } = given()
    const known = await parties(store)
    expect(await store.authenticate({ hash: known.agentSecret, now: NOW })).toMatchObject({
      kind: 'agent',
      agent: known.agent,
    })
    expect(await store.authenticate({ hash: known.executorSecret, now: NOW })).toMatchObject({
      kind: 'executor',
      executor: known.executor,
    })
    expect(await store.authenticate({ hash: known.agentSecret, now: NOW + 86_400 })).toBeUndefined()
    expect(await store.authenticate({ hash: hash(), now: NOW })).toBeUndefined()
    const operator = credential('operator', 'ops')
    const secret = hash()
    expect(
      await store.ensureCredential({ credential: operator, hash: secret, entry: entry('credential.added') }),
    ).toEqual({ verdict: 'added' })
    expect(
      await store.ensureCredential({ credential: operator, hash: secret, entry: entry('credential.added') }),
    ).toEqual({ verdict: 'known' })
    expect(await store.authenticate({ hash: secret, now: NOW })).toEqual({
      kind: 'operator',
      credentialId: operator.id,
      subject: 'ops',
      expiresAt: operator.expiresAt,
    })
  })

  it('remembers roughly when a credential was used', async () => {
    const { store } = given()
    const known = await parties(store)
    const lastUsed = async () =>
      (await store.listCredentials('agent')).find(({ subject }) => subject === known.agent.id)?.lastUsedAt
    expect(await lastUsed()).toBeNull()
    await Promise.all(Array.from({ length: 8 }, () => store.authenticate({ hash: known.agentSecret, now: NOW })))
    expect(await lastUsed()).toBe(NOW)
    await store.authenticate({ hash: known.agentSecret, now: NOW + 200 })
    expect(await lastUsed()).toBe(NOW)
    await store.authenticate({ hash: known.agentSecret, now: NOW + 400 })
    expect(await lastUsed()).toBe(NOW + 400)
  })

  it('keeps its own parties in step', async () => {
    const { store } = given()
    const [own, served] = [agent(), executor()]
    await store.ensureOwnParties({ agent: own, executor: served })
    await store.ensureOwnParties({ agent: own, executor: { ...served, title: 'Renamed', version: 2 } })
    expect(await store.agent(own.id)).toEqual(own)
    expect(await store.executor(served.audience)).toEqual({ ...served, title: 'Renamed', version: 2 })
  })

  it('knows which live agents a person runs', async () => {
    const { store } = given()
    const [person, other] = [hash(), hash()]
    const mine = [agent({ runBy: person }), agent({ runBy: person })]
    for (const one of [...mine, agent({ runBy: other })])
      await store.ensureOwnParties({ agent: one, executor: executor() })
    expect(await store.agentsRunBy(person)).toEqual(mine.map(({ id }) => id).sort())
    await store.revokeAgent({ id: mine[0]?.id ?? '', at: NOW, entriesFor: async () => [] })
    expect(await store.agentsRunBy(person)).toEqual([mine[1]?.id])
    expect(await store.agentsRunBy(hash())).toEqual([])
  })

  it('lists parties with their credentials, without hashes', async () => {
    const { store } = given()
    const known = await parties(store)
    const listedAgent = (await store.listAgents()).find(({ id }) => id === known.agent.id)
    const listedExecutor = (await store.listExecutors()).find(({ audience }) => audience === known.executor.audience)
    expect(listedAgent).toMatchObject(known.agent)
    expect(listedExecutor).toMatchObject(known.executor)
    expect(listedAgent?.credentials).toMatchObject([{ kind: 'agent', subject: known.agent.id }])
    expect(JSON.stringify([listedAgent, listedExecutor])).not.toContain(known.agentSecret)
  })

  it('carries a change out with its token, once', async () => {
    const { store } = given()
    const own = await parties(store)
    const open = allowed(own)
    await store.openRequest(open)
    const token = redeem(own, open.token?.issued ?? { jti: '' }, { credentialHash: '' })
    const served = executor()
    const change = {
      kind: 'executor.add',
      executor: served,
      credential: credential('executor', served.audience),
      hash: hash(),
    } as const
    const added = entry('executor.added')
    const reason = payload(served.audience, 'reason', 'because')
    expect(await store.administer({ redeem: token, change, entries: [added], payloads: [reason] })).toEqual({
      verdict: 'redeemed',
      use: 1,
    })
    expect(await store.executor(served.audience)).toEqual(served)
    expect((await store.entriesOfTrace(added.trace)).map(({ body }) => body)).toEqual([added.body])
    expect(await store.administer({ redeem: token, change, entries: [entry('executor.added')] })).toEqual({
      verdict: 'spent',
    })
  })

  it('spends nothing where the id is taken', async () => {
    const { store } = given()
    const own = await parties(store)
    const open = allowed(own)
    await store.openRequest(open)
    const token = redeem(own, open.token?.issued ?? { jti: '' })
    const taken = {
      kind: 'agent.add',
      agent: own.agent,
      credential: credential('agent', own.agent.id),
      hash: hash(),
    } as const
    const lost = entry('agent.added')
    expect(await store.administer({ redeem: token, change: taken, entries: [lost] })).toEqual({ verdict: 'exists' })
    expect(await store.redemption({ jti: token.jti, use: 1 })).toBeUndefined()
    expect(await store.entriesOfTrace(lost.trace)).toEqual([])
    expect(await store.entriesOfTrace(token.entry.trace)).toEqual([])
    const fresh = { kind: 'credential.add', credential: credential('agent', own.agent.id), hash: hash() } as const
    expect(await store.administer({ redeem: token, change: fresh, entries: [] })).toMatchObject({ verdict: 'redeemed' })
  })

  it('updates an executor, but not with an older version', async () => {
    const { store } = given()
    const own = await parties(store)
    const update = async (version: number) => {
      const open = allowed(own)
      await store.openRequest(open)
      const current = { ...own.executor, version: (await store.executor(own.executor.audience))?.version ?? 0 }
      const token = redeem({ ...own, executor: current }, open.token?.issued ?? { jti: '' })
      return store.administer({
        redeem: token,
        change: { kind: 'executor.update', executor: { ...own.executor, version } },
        entries: [],
      })
    }
    expect(await update(3)).toMatchObject({ verdict: 'redeemed' })
    expect(await update(2)).toEqual({ verdict: 'exists' })
    expect((await store.executor(own.executor.audience))?.version).toBe(3)
  })

  it('rotates keys', async () => {
    const { store } = given()
    const own = await parties(store)
    const key = (kid: string) =>
      ({ kid, alg: 'ES256', publicJwk: { kty: 'EC', kid }, publishedAt: NOW, signsFrom: NOW, retiredAt: null }) as const
    const [older, newer] = [key(hash()), key(hash())]
    expect(await store.ensureSigningKey({ key: older, entry: entry('key.rotated') })).toBe(true)
    expect(await store.ensureSigningKey({ key: older, entry: entry('key.rotated') })).toBe(false)
    const open = allowed(own)
    await store.openRequest(open)
    const token = redeem(own, open.token?.issued ?? { jti: '' })
    const change = { kind: 'key.rotate', key: newer, retire: [{ kid: older.kid, at: NOW + 600 }] } as const
    expect(await store.administer({ redeem: token, change, entries: [entry('key.rotated')] })).toMatchObject({
      verdict: 'redeemed',
    })
    const keys = (await store.signingKeys()).filter(({ kid }) => [older.kid, newer.kid].includes(kid))
    expect(keys).toHaveLength(2)
    expect(keys).toEqual(expect.arrayContaining([{ ...older, retiredAt: NOW + 600 }, newer]))
  })
}
