/**
 * The young generation of V8, held at its first size while modules are loaded. What they make lives on, so V8 takes
 * them for a load that needs the largest size, and an idle process keeps that: 14 MB more with the flags of `npm start`.
 */
import { setFlagsFromString } from 'node:v8'

/** V8 13 and newer size it in another way. */
const isKnown = Number.parseInt(process.versions.v8, 10) < 13

export const holdYoungGeneration = (): void => setGrowth(1)

/** From then on it doubles as load needs it, which is the default. */
export const letYoungGenerationGrow = (): void => setGrowth(2)

function setGrowth(factor: number): void {
  if (isKnown) setFlagsFromString(`--semi-space-growth-factor=${factor}`)
}
