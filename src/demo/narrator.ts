/**
 * Tells the story step by step, and compares each result with the expected one.
 *
 * In: steps with their expected results. Out: lines for people, or with `--json` one JSON object a line, on stdout.
 */
import type { Output } from '../cli/terminal/output.ts'

export interface Step {
  readonly id: string
  /** The event, in a sentence. */
  readonly title: string
  readonly expected: string
  /** The meaning of the expected result, in a few words. */
  readonly meaning: string
}

export interface Narrator {
  readonly say: (line: string) => void
  /** Runs a step and compares. A difference is shown and counted, never thrown. */
  readonly step: (step: Step, run: () => Promise<string>) => Promise<void>
  /** True when there was a step, and every step so far went as expected. */
  readonly isAsExpected: () => boolean
}

export function createNarrator({ json, stdout, paint }: Output): Narrator {
  let count = 0
  let differences = 0
  const write = (line: string) => stdout.write(`${line}\n`)
  return {
    say: (line) => (json ? undefined : write(line)),
    async step({ id, title, expected, meaning }, run) {
      const number = ++count
      if (!json) write(`${paint.bold(String(number).padStart(3))}  ${title}`)
      const got = await run()
      const ok = got === expected
      if (!ok) differences++
      if (json) return void write(JSON.stringify({ step: number, id, title, expected, got, ok }))
      const [code = ''] = got.match(/^[a-z]+_[a-z_]+/) ?? []
      const found = ok
        ? `${paint.green(`✔ ${meaning}`)}  ${paint.dim(code)}`
        : paint.red(`✘ expected ${expected}, got ${got}`)
      write(`     ${found.trimEnd()}\n`)
    },
    isAsExpected: () => count > 0 && differences === 0,
  }
}
