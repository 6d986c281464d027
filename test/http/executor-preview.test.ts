/** The executor's preview of what an agent proposes itself: asked for, signed, and strictly read; and what is no preview. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ChallengeKey, createChallenge, type JsonObject, newSalt, parseJson } from '@countersign/verifier'
import { createCataloguedVerifier } from '@countersign/verifier/catalogue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateSigningKey } from '../../src/domain/token/signing-keys.ts'
import { administer, mustSucceed } from '../setup/authority.ts'
import { type Cast, startCast } from './cast.ts'

const FILES = 'https://files.example'

let cast: Cast
let key: ChallengeKey
/** The answer of the endpoint to the next question. */
let answer: (
  question: string,
) => Promise<{ status?: number; body?: string; headers?: Record<string, string> } | 'silence'>

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const given = await answer(Buffer.concat(chunks).toString())
  if (given === 'silence') return
  response.writeHead(given.status ?? 200, given.headers).end(given.body ?? '')
})

const plain = (value: unknown) => parseJson(JSON.stringify(value)) as JsonObject

beforeAll(async () => {
  cast = await startCast()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/preview`
  const made = await generateSigningKey('ES256')
  key = made as ChallengeKey
  const { d: _private, ext: _ext, key_ops: _ops, ...publicKey } = made
  const catalogue = [
    { name: 'file.write', effect: 'write', preview: { url }, schema: { required: ['path'] } },
    { name: 'file.wipe', effect: 'write', preview: { url, required: true }, state: 'required' },
  ]
  await administer(cast.authority, cast.ada, {
    name: 'countersign.executor.add',
    resource: `executor:${FILES}`,
    arguments: plain({ audience: FILES, title: 'Files', catalogue, challenge_keys: [publicKey] }),
  })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await cast.authority.stop()
})

const verifier = () =>
  createCataloguedVerifier({
    issuer: cast.authority.config.origin,
    audience: FILES,
    credential: 'cs_executor_',
    challengeKey: key,
    now: cast.authority.now,
    fetch: (input, init) => cast.authority.fetch(String(input), init),
  })

function guarded() {
  const made = verifier()
  const guard = {
    resource: ({ path }: { path: string }) => `file:${path}`,
    state: () => 'v1',
    preview: ({ path }: { path: string }) => ({ changes: [{ label: path, before: 'old', after: 'new' }] }),
    run: () => 'ran',
  }
  made.guard('file.write', guard)
  made.guard('file.wipe', guard)
  return made
}

const actionOf = (name: string, args: JsonObject = { path: 'a' }) => ({
  name,
  resource: 'file:a',
  arguments: args,
  salt: newSalt(),
})
const ask = (name: string, args?: JsonObject) =>
  cast.agent.propose({ body: { audience: FILES, action: actionOf(name, args), preview: { changes: [] } } })
const kept = async (name: string) => cast.authority.store.request(mustSucceed(await ask(name)).id)

describe('a preview by the executor', () => {
  it('is asked for, bound to its state, and shown as the executor’s', async () => {
    const { answerPreview } = guarded()
    answer = async (question) => {
      const response = await answerPreview(new Request(FILES, { method: 'POST', body: question }))
      return { status: response.status, body: await response.text() }
    }
    for (const name of ['file.write', 'file.wipe']) {
      const request = await kept(name)
      expect(request?.preview).toMatchObject({
        by: 'executor',
        content: { changes: [{ before: 'old', after: 'new' }] },
      })
      expect(request?.stateDigest).toMatch(/^sha-256:/)
      expect(request?.door).toBe('agent')
    }
  })

  it('is given to the authority alone', async () => {
    const { answerPreview } = guarded()
    for (const body of ['', 'x.y.z', await challengeOf(actionOf('file.write'))]) {
      const response = await answerPreview(new Request(FILES, { method: 'POST', body }))
      expect(response.status).toBe(400)
    }
  })

  it('is asked for no call that is refused anyway', async () => {
    let asked = 0
    answer = async () => ({ status: 500 + asked++ })
    expect(await ask('file.write', {})).toMatchObject({ problem: { code: 'invalid_request' } })
    expect(asked).toBe(0)
  })
})

async function challengeOf(action: ReturnType<typeof actionOf>, signer: ChallengeKey = key): Promise<string> {
  const { config, now } = cast.authority
  return createChallenge(
    { key: signer, audience: FILES, issuer: config.origin, now: now() },
    { action, reason: 'why', preview: { changes: [] }, state: 'v1' },
  )
}

const elsewhere = 'http://169.254.169.254/latest/meta-data/'

describe.each<[string, () => Promise<Awaited<ReturnType<typeof answer>>>]>([
  ['an error', async () => ({ status: 500, body: 'no' })],
  ['a redirect', async () => ({ status: 302, headers: { location: elsewhere } })],
  ['nothing that is a challenge', async () => ({ body: '{"preview":{}}' })],
  [
    'a challenge about another action',
    async () => ({ body: await challengeOf(actionOf('file.write', { path: 'b' })) }),
  ],
  [
    'a challenge by another key',
    async () => ({
      body: await challengeOf(actionOf('file.write'), (await generateSigningKey('ES256')) as ChallengeKey),
    }),
  ],
  ['more than is read', async () => ({ body: 'x'.repeat(400_000) })],
  ['silence', async () => 'silence'],
])('an endpoint that answers with %s', (_, given) => {
  it('leaves the request without it, or refuses as the entry says', async () => {
    answer = given
    expect((await kept('file.write'))?.preview).toMatchObject({ by: 'agent' })
    const refused = await ask('file.wipe')
    expect(refused).toMatchObject({
      problem: { code: 'state_unknown', detail: expect.stringContaining('nobody was asked') },
    })
  })
})

it.each([
  'http://127.0.0.1/',
  'https://169.254.169.254/',
  'https://[::1]/',
  'https://10.0.0.1/',
  'https://localhost/',
  'https://a:b@files.example/',
])('an endpoint at %s is not published where only public ones are allowed', async (url) => {
  const strict = await startCast({ settings: { COUNTERSIGN_PRIVATE_WEBHOOKS: 'false' } })
  try {
    const catalogue = [{ name: 'file.write', effect: 'write', preview: { url } }]
    const refused = await strict.forum.client.call('publishCatalogue', { body: { catalogue: catalogue as never } })
    expect(refused).toMatchObject({
      problem: { code: 'invalid_request', detail: expect.stringContaining('/catalogue/0/preview/url') },
    })
  } finally {
    await strict.authority.stop()
  }
})
