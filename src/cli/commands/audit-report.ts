/** `audit report`: an audit as a page to print and to file. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { reportHtml } from '../../audit/report/report.ts'
import { type AuditOptions, runAudit } from '../audit/audit-run.ts'
import { contextOf } from '../context.ts'
import { EXIT, usage } from '../exit.ts'
import { now } from '../terminal/time.ts'

interface Options extends AuditOptions {
  readonly from: number
  readonly to: number
  readonly out?: string
}

export async function writeReport(where: string | undefined, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const { from, to, out } = options
  if (from >= to) throw usage('--to must come after --from.')
  const run = await runAudit(context, where ?? context.url, options, { from, to })
  const html = reportHtml({ ...run, period: { from, to }, now: now() })
  if (out !== undefined) write(out, html)
  const { total, counts, rebuilt } = run.result
  const text = out === undefined ? html : `The report is in ${out}.`
  context.output.result({ file: out ?? null, total, counts, rebuilt, ...(out === undefined && { html }) }, text)
  if (total > 0) process.exitCode = EXIT.failed
}

function write(file: string, html: string): void {
  try {
    writeFileSync(file, html)
  } catch {
    throw usage(`${file} cannot be written.`)
  }
}
