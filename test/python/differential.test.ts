/** Tokens with one thing changed, and signed anew by the authority: both verifiers give each the same code. */
import { ApprovalError, createVerifier, withoutRedemption } from '@countersign/verifier'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { python, startPython } from '../setup/python.ts'
import keys from '../vectors/keys.json' with { type: 'json' }
import vectors from '../vectors/token.json' with { type: 'json' }
import { sign, signingKey } from '../verifier/world.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
interface Case {
  readonly name: string
  readonly claims: { readonly [name: string]: Json }
  readonly call: object
  readonly dpop: { method: string; url: string; proof?: string; carried_in?: string; scheme?: string } | undefined
  readonly state: string | undefined
}

/** What the vectors accept, with what it is presented with. */
const cases: Case[] = vectors.cases.flatMap((one) => {
  const {
    name,
    expect: wanted,
    call,
    dpop,
    options,
  } = one as typeof one & { call?: object; options?: { state?: string } }
  if (!('claims' in wanted)) return []
  return [
    { name, claims: wanted.claims as never, call: call ?? vectors.call, dpop: dpop as never, state: options?.state },
  ]
})
const key = await signingKey('ES256', keys.authority)

/** Where a value stands. */
function pathsIn(value: Json, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, inner]) => pathsIn(inner, [...path, name]))]
}

const ODD = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    600,
    2 ** 53,
    '',
    'a',
    '\u0000',
    '\u00a0',
    '\ud800',
    'é'.repeat(600),
    'https://approve.example',
  ],
  ...[
    'https://approve.example/',
    'https://approve.example/status/0/../1',
    'https://approve.example/%2e%2e/a',
    'HTTPS://approve.example/a',
  ],
  ...[
    'https://approve.example:443/a',
    'https://approve.example.evil/a',
    'https://approve.example/a b',
    'https://approve.example/\u00e9',
  ],
  ...[
    'A'.repeat(22),
    'B'.repeat(22),
    'A'.repeat(43),
    `sha-256:${'A'.repeat(43)}`,
    `sha-256:${'A'.repeat(43)}\n`,
    'human',
    'policy',
  ],
  ...[
    [],
    [1],
    {},
    { sub: 'x' },
    { sub: 'x', act: { sub: 'y' } },
    { __proto__: null, sub: 'x' },
    { jkt: 'A'.repeat(43) },
  ],
] as Json[]

const change = fc.record({
  at: fc.nat(),
  how: fc.oneof(
    fc.record({
      set: fc.oneof(
        fc.constantFrom(...ODD),
        fc.json().map((text) => JSON.parse(text) as Json),
      ),
    }),
    fc.constant({ drop: true }),
    fc.record({
      add: fc.tuple(
        fc.constantFrom('x', 'bounds', 'state', 'cnf', '__proto__', 'batch', 'on_behalf_of'),
        fc.constantFrom(...ODD),
      ),
    }),
    fc.record({ shift: fc.integer({ min: -700, max: 700 }) }),
  ),
})

/** The payload after one change, as text: so that a member can be `__proto__`. */
function changed(claims: Case['claims'], { at, how }: { at: number; how: object }): string {
  const copy: Json = JSON.parse(JSON.stringify(claims))
  const paths = pathsIn(copy)
  const path = paths[at % paths.length] ?? []
  let holder: Json = { claims: copy }
  for (const name of ['claims', ...path].slice(0, -1)) holder = (holder as { [name: string]: Json })[name] as Json
  const last = ['claims', ...path].at(-1) ?? ''
  const members = holder as { [name: string]: Json }
  const old = members[last] as Json
  if ('set' in how) members[last] = how.set as Json
  if ('drop' in how) delete members[last]
  if ('shift' in how && typeof old === 'number') members[last] = old + Number(how.shift)
  if ('add' in how && typeof old === 'object' && old !== null && !Array.isArray(old)) {
    const [name, value] = how.add as [string, Json]
    Object.defineProperty(old, name, { value, enumerable: true, configurable: true })
  }
  return JSON.stringify(path.length === 0 ? (members['claims'] ?? null) : copy)
}

async function codeHere(token: string, { call, dpop, state }: Case): Promise<string> {
  const verifier = createVerifier({
    issuer: vectors.issuer,
    audience: vectors.audience,
    redemption: withoutRedemption,
    publicUrl: vectors.public_url,
    acceptSelfApproval: true,
    now: () => vectors.now,
    fetch: async (input, init) => {
      const reply = (vectors.authority as Record<string, { status: number; body: string }>)[
        `${init?.method ?? 'GET'} ${input}`
      ]
      if (!reply) throw new TypeError('network failure')
      return new Response(reply.body, { status: reply.status })
    },
  })
  const presented = dpop && { ...dpop, carriedIn: dpop.carried_in as never, scheme: dpop.scheme as never }
  try {
    await verifier.verify(token, call as never, { dpop: presented, state })
    return 'accepted'
  } catch (error) {
    if (error instanceof ApprovalError) return error.code
    throw error
  }
}

describe.skipIf(python === undefined)('a changed token', () => {
  const server = startPython(new URL('./verify_server.py', import.meta.url).pathname)
  afterAll(() => server.stop())
  const codeThere = (token: string, { call, dpop, state }: Case) =>
    server.ask(JSON.stringify({ token, call, dpop: dpop ?? null, state: state ?? null }))

  it('is told the same by both verifiers', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), change, async (one, how) => {
        const token = await sign(changed(one.claims, how), {}, key)
        const here = await codeHere(token, one)
        seen.add(here)
        expect(await codeThere(token, one)).toBe(here)
      }),
      { numRuns: 1500 },
    )
    expect(seen.size).toBeGreaterThan(6)
  })
})
