/**
 * What the benches share: figures and their targets, medians, taking turns, the table.
 *
 * In: measurements. Out: `Figure`s, the rows of the table and of the JSON file.
 * It measures nothing itself. On a noisy machine only ratios of things that took turns mean anything.
 */
import type { Databases } from './databases.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same quantity of what it is held against, measured in the same run. */
  readonly yardstick: number | null
  /** `value` to `yardstick`: where they took turns, the median of the ratios of the turns. */
  readonly ratio: number | null
  readonly target: string | null
  readonly met: boolean | null
}

export interface Bench {
  readonly name: string
  /** What is measured, against what. */
  readonly about: string
  /** Takes minutes: runs only when it is asked for by name. */
  readonly onlyByName?: true
  readonly run: (ground: Ground) => Promise<readonly Figure[]>
}

/** What benches stand on: opened when first asked for, closed once by whoever runs them. */
export interface Ground {
  readonly databases: Databases
  /** How many entries a long log has. */
  readonly entries: number
  /** The file that says where a long log is kept from run to run. Default: it is made for one run. */
  readonly kept?: string | undefined
  /** A third of the rounds, for a first look: figures vary more. */
  readonly quick: boolean
  /** Of a bench of many cases, only those whose names match. */
  readonly cases?: RegExp | undefined
}

/** How many of the rounds of a whole run are run here; at least one. */
export const roundsOf = ({ quick }: Pick<Ground, 'quick'>, rounds: number): number =>
  quick ? Math.ceil(rounds / 3) : rounds

export interface Target {
  /** `excess`: of the value over the yardstick. */
  readonly of: 'value' | 'ratio' | 'excess'
  readonly is: '≥' | '≤' | '<'
  readonly limit: number
}

export interface Measured {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly yardstick?: number
  /** Default: `value / yardstick`. */
  readonly ratio?: number
  readonly target?: Target
}

const holds = { '≥': (a: number, b: number) => a >= b, '≤': (a: number, b: number) => a <= b, '<': lessThan }

function lessThan(a: number, b: number): boolean {
  return a < b
}

const WORDS = { value: '', ratio: 'ratio ', excess: 'excess ' } as const

export function figure({ name, value, unit, yardstick, ratio, target }: Measured): Figure {
  const quotient = ratio ?? (yardstick === undefined ? undefined : value / yardstick)
  const judged = { value, ratio: quotient, excess: yardstick === undefined ? undefined : value - yardstick }[
    target?.of ?? 'value'
  ]
  const words = target && `${WORDS[target.of]}${target.is} ${amount(target.limit)}`
  return {
    name,
    value,
    unit,
    yardstick: yardstick ?? null,
    ratio: quotient ?? null,
    target: words ?? null,
    met: target && judged !== undefined ? holds[target.is](judged, target.limit) : null,
  }
}

/** `share` of 0.5 is the median, of 0.99 the 99th percentile. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5)

export interface Turns<T> {
  readonly product: readonly T[]
  readonly yardstick: readonly T[]
}

/** Yardstick, product, yardstick, product, …: what disturbs the machine disturbs both. */
export async function alternate<T>(
  rounds: number,
  product: () => Promise<T>,
  yardstick: () => Promise<T>,
): Promise<Turns<T>> {
  const turns = { product: [] as T[], yardstick: [] as T[] }
  for (let round = 0; round < rounds; round++) {
    turns.yardstick.push(await yardstick())
    turns.product.push(await product())
  }
  return turns
}

/** The medians of both sides, and the median of the ratios of the turns. */
export function compare<T>({ product, yardstick }: Turns<T>, quantity: (turn: T) => number) {
  const values = product.map(quantity)
  const yardsticks = yardstick.map(quantity)
  const ratios = values.map((value, round) => value / (yardsticks[round] ?? Number.NaN))
  return { value: median(values), yardstick: median(yardsticks), ratio: median(ratios) }
}

/** Milliseconds of the machine's steady clock, which all its processes share. */
export const steadyMs = (): number => Number(process.hrtime.bigint()) / 1e6

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const HEADINGS = ['name', 'value', 'unit', 'yardstick', 'ratio', 'target', 'met']

export function table(figures: readonly Figure[]): string {
  const rows = [HEADINGS, ...figures.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (isNumeric(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ')
  return rows.map((row) => line(row).trimEnd()).join('\n')
}

/** The rows of the guide's table. */
export function markdown(figures: readonly Figure[]): string {
  const row = ({ name, value, unit, yardstick, ratio, target, met }: Figure) => {
    const verdict = met === null ? '–' : met ? 'yes' : '**no**'
    return `| \`${name}\` | ${amount(value)} ${unit} | ${amount(yardstick)} | ${ratio?.toFixed(2) ?? '–'} | ${target ?? '–'} | ${verdict} |`
  }
  return figures.map(row).join('\n')
}

const isNumeric = (column: number): boolean => [1, 3, 4].includes(column)

function cells({ name, value, unit, yardstick, ratio, target, met }: Figure): string[] {
  const verdict = met === null ? '–' : met ? 'yes' : 'MISSED'
  return [name, amount(value), unit, amount(yardstick), ratio?.toFixed(2) ?? '–', target ?? '–', verdict]
}

function amount(value: number | null): string {
  if (value === null) return '–'
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })
}
