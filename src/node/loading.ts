/**
 * V8 while modules are loaded, which is no load that lasts.
 *
 * What modules make lives on, so V8 enlarges the young generation to its largest size, and an idle process keeps that:
 * 14 MB more with the flags of `npm start`. V8 also optimizes functions that run often during a start alone: 2.5 MB that
 * an idle process keeps, and 60 ms of a core.
 */
import { setFlagsFromString } from 'node:v8'

interface Held {
  readonly flag: string
  readonly loading: number
  /** V8's own value. */
  readonly usual: number
  /** The first version of V8 that has another flag or value. */
  readonly until: number
}

const HELD: readonly Held[] = [
  { flag: 'semi-space-growth-factor', loading: 1, usual: 2, until: 13 },
  // In bytes of bytecode that a function runs through until it is considered.
  { flag: 'interrupt-budget', loading: 1_000_000, usual: 67_584, until: 12 },
]

const known = HELD.filter(({ until }) => Number.parseInt(process.versions.v8, 10) < until)

/** The young generation keeps its size, and no function is optimized. */
export const beginLoading = (): void => set('loading')

/** From then on V8 does both as load needs it, which is the default. */
export const endLoading = (): void => set('usual')

function set(state: 'loading' | 'usual'): void {
  for (const held of known) setFlagsFromString(`--${held.flag}=${held[state]}`)
}
