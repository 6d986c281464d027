/**
 * Tells the story, a step at a time, and keeps count of whether it went as it should.
 *
 * In: steps with what is expected of them. Out: lines for people, or with `--json` one JSON object a line, on stdout.
 */
import type { Output } from '../cli/terminal/output.ts'

export interface Step {
  readonly id: string
  /** What happens, in a sentence. */
  readonly title: string
  readonly expected: string
  /** What it means, in a few words, where it goes as expected. */
  readonly meaning: string
}

export interface Narrator {
  readonly say: (line: string) => void
  /** Runs a step and compares. A difference is told and counted, never thrown. */
  readonly step: (step: Step, run: () => Promise<string>) => Promise<void>
  /** Whether every step so far went as expected, and there was one. */
  readonly asTold: () => boolean
}

export function createNarrator({ json, stdout, paint }: Output): Narrator {
  let told = 0
  let differences = 0
  const write = (line: string) => stdout.write(`${line}\n`)
  return {
    say: (line) => (json ? undefined : write(line)),
    async step({ id, title, expected, meaning }, run) {
      const number = ++told
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
    asTold: () => told > 0 && differences === 0,
  }
}
