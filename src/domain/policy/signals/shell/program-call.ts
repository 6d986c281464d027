/** One call of a program inside a shell text, and what its rule may ask of the reader. */
import type { Flag } from '../signals.ts'
import type { Told } from './shell-words.ts'

export interface Call {
  /** Lower case, without path. */
  readonly program: string
  readonly args: readonly Told[]
  /** Whether it reads what another program writes, or a file that is redirected into it. */
  readonly fed: boolean
  /** Whether what feeds it, or stands in its words, comes from the network: looked for when it is asked. */
  fromNetwork(): boolean
  /** The text that the script gives it as its input; undefined without one. */
  readonly input: Told | undefined
  /** Reads a text as a script, whose flags are the text's own; null is unparsed. */
  script(text: Told): void
  /** Reads words as a call of their own, fed as this one. */
  words(words: readonly Told[]): void
  sql(text: Told): Iterable<Flag>
}

export type CallRule = (call: Call) => Iterable<Flag>

export const always =
  (...flags: Flag[]): CallRule =>
  () =>
    flags
