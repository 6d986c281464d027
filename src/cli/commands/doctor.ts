/** `doctor`: examines a set-up from outside and from inside, and says what to mend. Changes nothing. */
import type { Command } from 'commander'
import type { Finding } from '../../api/parties/diagnosis-shapes.ts'
import { contextOf } from '../context.ts'
import { examineAuthority } from '../doctor/examine-authority.ts'
import { examineHere } from '../doctor/examine-here.ts'
import { EXIT } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'

export async function runDoctor(where: string | undefined, _: object, command: Command): Promise<void> {
  const context = contextOf(command, where)
  const authority = await examineAuthority(context)
  const here = await examineHere(context, authority.answers)
  const findings = [...here, ...authority.findings]
  const faults = findings.filter(({ state }) => state === 'mend').length
  if (faults > 0) process.exitCode = EXIT.failed
  const end = faults === 0 ? 'No fault found.' : `${faults} ${faults === 1 ? 'fault' : 'faults'} found.`
  const { output } = context
  output.result({ url: context.url(), findings }, [...findings.map((one) => lineOf(one, output)), '', end].join('\n'))
}

function lineOf({ subject, state, words }: Finding, { paint }: Output): string {
  const mark = { ok: paint.green('✔'), mend: paint.red('✘'), unknown: paint.dim('·') }[state]
  return `${mark} ${paint.bold(visible(subject))}: ${visible(words)}`
}
