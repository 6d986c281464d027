/** What made a call destructive, or else what its policies read in it, in words that name the signals. SPEC 11.1. */
import type { Findings } from './read-signals.ts'
import { DESTROYING, FLAGS, type Flag, type Signals } from './signals.ts'

/** Signals that say what kind of text a call holds, and nothing of its harm. */
const GENERAL: readonly Flag[] = ['destructive', 'sql', 'sql_write', 'shell']
/** The one that may hide what it is comes last. */
const FLAG_NAMES = Object.keys(FLAGS)
  .filter((name): name is Flag => Object.hasOwn(FLAGS, name))
  .sort((one, other) => Number(one === 'unparsed') - Number(other === 'unparsed'))
/** What stands behind the two that sum others up. */
const BEHIND: Readonly<Partial<Record<Flag, readonly Flag[]>>> = {
  destructive: DESTROYING,
  disaster: [...DESTROYING, 'sql_program', 'shell_remote_code'],
}

/** The signals that were found, without the general ones. */
const tellingFlags = (signals: Readonly<Record<Flag, boolean>>): readonly Flag[] =>
  FLAG_NAMES.filter((flag) => signals[flag] && !GENERAL.includes(flag))

/** `reads`: whether the policies that decided read the signal, or the effect. `effect`: that of the catalogue. */
export function causeInWords(
  signals: Signals | undefined,
  effect: string,
  reads: (name: Flag | 'effect') => boolean,
): string {
  const read = signals ? FLAG_NAMES.filter((flag) => signals[flag] && reads(flag)) : []
  const shown = new Set(read.flatMap((flag) => [flag, ...(BEHIND[flag] ?? [])]))
  const telling = signals ? tellingFlags(signals).filter((flag) => shown.has(flag)) : []
  const byCatalogue = effect === 'destructive' && reads('effect')
  const causes = [
    ...(byCatalogue ? ['the executor’s catalogue says so'] : []),
    ...telling.map((flag) => `the call ${FLAGS[flag]} (${flag})`),
  ]
  if (causes.length === 0) return ''
  const destroys =
    byCatalogue || (reads('destructive') && read.some((flag) => flag === 'destructive' || flag === 'unparsed'))
  return ` ${destroys ? 'It counts as destructive because' : 'Reason:'} ${causes.join(', and ')}.`
}

/** A signal that was found in a call, and the piece of the call that set it; empty where that is no one piece. */
export interface FoundSignal {
  readonly flag: Flag
  readonly words: string
  readonly piece: string
}

export const foundIn = ({ signals, pieces }: Findings): readonly FoundSignal[] =>
  tellingFlags(signals).map((flag) => ({ flag, words: FLAGS[flag], piece: pieces.get(flag) ?? '' }))

/** Whether it makes a call destructive, or may hide what does. */
export const isGrave = ({ flag }: FoundSignal): boolean => flag === 'unparsed' || DESTROYING.includes(flag)
