/** `audit report`: an audit as a page to print and to file. */
import { writeFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { reportHtml } from '../../audit/report.ts'
import { type AuditOptions, runAudit } from '../audit/audit-run.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { EXIT, usage } from '../exit.ts'
import { now } from '../terminal/time.ts'

interface Options extends AuditOptions {
  readonly from: number
  readonly to: number
  readonly out?: string
}

export const auditReport = (audit: Command): Command =>
  audit
    .command('report [where]')
    .description('audit the log and write an HTML report of a period')
    .requiredOption('--from <day>', 'first day, such as 2027-01-01, or an instant', instantOf)
    .requiredOption('--to <day>', 'the day after the last, or an instant', instantOf)
    .option('--out <file>', 'where to write it; else to stdout')
    .option('--vkey <key>', 'the log’s key; else the one pinned on first use')
    .option('--state <folder>', 'where the key, checkpoints and the copy of the log are kept')
    .addHelpText('after', examples('countersign audit report --from 2027-01-01 --to 2027-04-01 --out quarter.html'))
    .action(writeReport)

async function writeReport(where: string | undefined, options: Options, command: Command): Promise<void> {
  const context = contextOf(command)
  const { from, to, out } = options
  if (from >= to) throw usage('--to must come after --from.')
  const run = await runAudit(context, where ?? context.url, options, { from, to })
  const html = reportHtml({ ...run, period: { from, to }, now: now() })
  if (out !== undefined) write(out, html)
  const { total, counts, rebuilt } = run.result
  const said = out === undefined ? html : `The report is in ${out}.`
  context.output.result({ file: out ?? null, total, counts, rebuilt, ...(out === undefined && { html }) }, said)
  if (total > 0) process.exitCode = EXIT.failed
}

function write(file: string, html: string): void {
  try {
    writeFileSync(file, html)
  } catch {
    throw usage(`${file} cannot be written.`)
  }
}

/** A day in UTC, or an instant with its offset. */
function instantOf(text: string): number {
  const isInstant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const at = Date.parse(text)
  if (isInstant && Number.isFinite(at)) return Math.floor(at / 1000)
  throw new InvalidArgumentError('Write it as 2027-01-01 or 2027-01-01T12:00:00Z.')
}
