/**
 * How fast `verify` is, measured against the bare signature checks that no verifier can do without.
 *
 * In: how long to measure.
 * Out: rates in verifications a second, and their ratio to the bare checks.
 *
 * Redemption is opted out of and the status list is warm: what is measured is the work on this machine alone.
 */
import { base64urlDecode, createVerifier, withoutRedemption } from '@countersign/verifier'
import { ACTION, AUDIENCE, createWorld, ISSUER, type Mint, type World } from '../verifier/world.ts'
import { median, quantile } from './harness.ts'

/** One comparison. */
export type VerifierFigure = {
  readonly name: string
  /** Bare `crypto.subtle.verify` of the same signatures, per second: the median of the rounds. */
  readonly barePerSecond: number
  /** `verify`, per second: the median of the rounds. */
  readonly verifyPerSecond: number
  /** Median of the ratios of the rounds. */
  readonly ratio: number
  /** What the ratio must reach. */
  readonly target: number
  /** 99 of 100 verifications took no longer, in milliseconds. */
  readonly p99Ms: number
}

export type VerifierBenchOptions = {
  /** Verifications in one round. Default 400. */
  readonly iterations?: number
  /** Default 9. */
  readonly rounds?: number
}

type Check = () => Promise<unknown>
type Checks = { readonly bare: Check; readonly whole: Check }
type Effort = { readonly iterations: number; readonly rounds: number }

/** Calls before anything is timed: keys, lists and the compiler have settled by then. */
const WARM_UP = 3000

/** Measures policy tokens and tokens with one human consent, signed with ES256 and with EdDSA. */
export async function benchVerifier(options: VerifierBenchOptions = {}): Promise<VerifierFigure[]> {
  const effort = { iterations: options.iterations ?? 400, rounds: options.rounds ?? 9 }
  const figures: VerifierFigure[] = []
  for (const alg of ['ES256', 'EdDSA'] as const) {
    const world = await createWorld({ alg })
    figures.push(await compare(`policy token, ${alg}`, 1.2, await policyChecks(world, effort), effort))
    figures.push(await compare(`one human consent, ${alg}`, 1.1, await consentChecks(world, effort), effort))
  }
  return figures
}

async function policyChecks(world: World, effort: Effort): Promise<Checks> {
  return { bare: await bareToken(world), whole: await wholeCheck(world, total(effort), () => world.mint()) }
}

async function consentChecks(world: World, effort: Effort): Promise<Checks> {
  const token = await bareToken(world)
  const assertion = await bareAssertion()
  const order: Mint = { by: [[world.ada]] }
  const whole = await wholeCheck(world, total(effort), () => world.mint(order))
  const bare = async () => [await token(), await assertion()]
  return { bare, whole }
}

function total({ iterations, rounds }: Effort): number {
  return WARM_UP + iterations * rounds
}

const IMPORT = { ES256: { name: 'ECDSA', namedCurve: 'P-256' }, EdDSA: { name: 'Ed25519' } } as const
const ALGORITHM = { ES256: { name: 'ECDSA', hash: 'SHA-256' }, EdDSA: { name: 'Ed25519' } } as const

/** The check of a policy token's signature, everything around it done before. */
async function bareToken(world: World): Promise<Check> {
  const { alg, publicJwk } = world.key
  const token = await world.mint()
  const dot = token.lastIndexOf('.')
  const data = new TextEncoder().encode(token.slice(0, dot))
  const signature = base64urlDecode(token.slice(dot + 1))
  const key = await crypto.subtle.importKey('jwk', publicJwk as JsonWebKey, IMPORT[alg], false, ['verify'])
  return () => crypto.subtle.verify(ALGORITHM[alg], key, signature, data)
}

/** An ES256 check over as many bytes as an assertion signs. */
async function bareAssertion(): Promise<Check> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const data = crypto.getRandomValues(new Uint8Array(69))
  const signature = await crypto.subtle.sign(ALGORITHM.ES256, pair.privateKey, data)
  return () => crypto.subtle.verify(ALGORITHM.ES256, pair.publicKey, signature, data)
}

/** Verifies a different token each time, as an executor does: the replay cache lets none act twice. */
async function wholeCheck(world: World, count: number, mint: () => Promise<string>): Promise<Check> {
  const tokens: string[] = []
  while (tokens.length < count) tokens.push(await mint())
  const { fetch } = world
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    redemption: withoutRedemption,
    fetch,
    now: () => world.now,
  })
  return () => verifier.verify(tokens.pop() ?? '', ACTION)
}

/** Alternates the two, so that a noisy machine is noisy to both. */
async function compare(name: string, target: number, checks: Checks, { iterations, rounds }: Effort) {
  await rate(checks.bare, WARM_UP)
  await rate(checks.whole, WARM_UP)
  const bare: number[] = []
  const whole: number[] = []
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    bare.push(await rate(checks.bare, iterations))
    whole.push(await rate(checks.whole, iterations, times))
  }
  const ratios = bare.map((perSecond, round) => (whole[round] ?? 0) / perSecond)
  const p99Ms = quantile(times, 0.99)
  return { name, target, barePerSecond: median(bare), verifyPerSecond: median(whole), ratio: median(ratios), p99Ms }
}

/** `times` gets what each check took, in milliseconds. */
async function rate(check: Check, iterations: number, times: number[] = []): Promise<number> {
  const start = performance.now()
  let last = start
  for (let iteration = 0; iteration < iterations; iteration++) {
    await check()
    const now = performance.now()
    times.push(now - last)
    last = now
  }
  return (iterations * 1000) / (last - start)
}
