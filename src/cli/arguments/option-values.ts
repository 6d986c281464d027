/** Parsers of option values. Their errors are commander's, so that it reports them as wrong usage. */
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

/** Epoch seconds of a day in UTC, or of an instant with its offset. */
export function instantFrom(text: string): number {
  const isInstant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const at = Date.parse(text)
  if (isInstant && Number.isFinite(at)) return Math.floor(at / 1000)
  throw new InvalidArgumentError('Write it as 2027-01-01 or 2027-01-01T12:00:00Z.')
}
