/** The rate of `verify` against the bare signature checks, as bench figures. The measuring is in verifier.ts. */
import { type Bench, figure, type Ground, roundsOf } from './harness.ts'
import { benchVerifier, type VerifierFigure } from './verifier.ts'

const ROUNDS = 9

let measured: Promise<VerifierFigure[]> | undefined

/** All are measured in one go, once. */
function allFigures(ground: Ground): Promise<VerifierFigure[]> {
  measured ??= benchVerifier({ rounds: roundsOf(ground, ROUNDS) })
  return measured
}

export const verifyPolicy: Bench = {
  name: 'verify-policy',
  about: '`verify` of a policy token a second, against the bare check of its signature (ES256)',
  run: (ground) => named(ground, 'verify-policy', 'policy token, ES256'),
}

export const verifyHuman: Bench = {
  name: 'verify-human',
  about: '`verify` of a token with one human consent a second, against the bare checks of both signatures (ES256)',
  async run(ground) {
    const wanted = 'one human consent, ES256'
    const { p99Ms: value } = await found(ground, wanted)
    const slowest = figure({ name: 'verify-human-p99', value, unit: 'ms', target: { of: 'value', is: '<', limit: 1 } })
    return [...(await named(ground, 'verify-human', wanted)), slowest]
  },
}

async function named(ground: Ground, name: string, wanted: string) {
  const { verifyPerSecond: value, barePerSecond: yardstick, ratio, target: limit } = await found(ground, wanted)
  return [figure({ name, value, unit: 'verifications/s', yardstick, ratio, target: { of: 'ratio', is: '≥', limit } })]
}

async function found(ground: Ground, wanted: string): Promise<VerifierFigure> {
  const one = (await allFigures(ground)).find(({ name }) => name === wanted)
  if (!one) throw new Error(`Nothing was measured under “${wanted}”`)
  return one
}
