/**
 * V8 while modules are loaded, which is no load that lasts. What modules make lives on, so V8 enlarges the young
 * generation to its largest size, and an idle process keeps that: 14 MB more with the flags of `npm start`.
 */
import { setFlagsFromString } from 'node:v8'

/** V8 13 and newer size it in another way. */
const isKnown = Number.parseInt(process.versions.v8, 10) < 13

/** The young generation keeps its first size. */
export const beginLoading = (): void => setGrowth(1)

/** From then on it doubles as load needs it, which is the default. */
export const endLoading = (): void => setGrowth(2)

function setGrowth(factor: number): void {
  if (isKnown) setFlagsFromString(`--semi-space-growth-factor=${factor}`)
}
