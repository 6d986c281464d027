/** Readers of option values, with errors that commander shows in its own way. */
import { InvalidArgumentError } from 'commander'

export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export const integerBetween =
  (least: number, most: number) =>
  (value: string): number => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }

/** For options of a closed set that may be given several times. */
export const collectOneOf =
  <T extends string>(choices: readonly T[]) =>
  (value: string, before: readonly T[] = []): readonly T[] => {
    const chosen = choices.find((choice) => choice === value)
    if (chosen === undefined) throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`)
    return [...before, chosen]
  }
