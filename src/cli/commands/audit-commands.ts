/** `audit`: reads a whole log and reports every finding, on the terminal or as a page to print and to file. */
import { writeFileSync } from 'node:fs'
import { encodeBase64 } from '@countersign/verifier/proof'
import type { Command } from 'commander'
import { FINDINGS, type Finding, type FindingCode } from '../../audit/finding.ts'
import { reportHtml } from '../../audit/report/report.ts'
import { type AuditOptions, type AuditRun, otherKeyWords, runAudit } from '../audit/audit-run.ts'
import { reportPeriod } from '../audit/report-period.ts'
import { contextOf } from '../context.ts'
import { EXIT, usage } from '../exit.ts'
import { type Paint, visible } from '../terminal/paint.ts'
import { facts } from '../terminal/table.ts'
import { instant, now } from '../terminal/time.ts'

export async function verifyLog(where: string | undefined, options: AuditOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const run = await runAudit(context, where ?? context.url(), options)
  context.output.result(asValue(run), describe(run, context.output.paint))
  if (run.result.total > 0) process.exitCode = EXIT.failed
}

function asValue({ result, vkey, firstUse, earlier, evidence, state }: AuditRun) {
  const { checkpoint, rebuilt, total, counts, findings, tokens, consents, figures, breakGlass, configuration } = result
  return {
    origin: checkpoint?.origin ?? null,
    size: checkpoint?.size ?? null,
    root: checkpoint && encodeBase64(checkpoint.root),
    rebuilt,
    vkey,
    trust_on_first_use: firstUse,
    earlier_checkpoints: earlier,
    tokens,
    consents_without_token: consents,
    configuration,
    break_glass: breakGlass.map((one) => ({
      opened_at: one.openedAt,
      approver: one.approver,
      acknowledged_by: one.acknowledgedBy,
    })),
    total,
    counts,
    findings,
    evidence,
    state,
    types: figures.types,
  }
}

const number = (value: number): string => value.toLocaleString('en')

function originOfKey({ firstUse, result }: AuditRun): string {
  if (!firstUse) return 'known before'
  const isPinned = result.checkpoint !== null
  return `taken on the log’s own word, ${isPinned ? 'now pinned (trust on first use)' : 'not pinned: it did not sign the checkpoint'}`
}

function describe(run: AuditRun, paint: Paint): string {
  const { checkpoint, rebuilt, tokens, consents, configuration, figures, total, findings, counts } = run.result
  const span = figures.first === null ? 'none' : `${instant(figures.first)} to ${instant(figures.last ?? 0)}`
  const rows = [
    ['log', checkpoint?.origin ?? run.key.name],
    ['entries', `${number(checkpoint?.size ?? 0)}, ${span}`],
    ['root', rebuilt && checkpoint ? `${encodeBase64(checkpoint.root)}, rebuilt from the entries` : 'not rebuilt'],
    ['key', originOfKey(run)],
    ['earlier runs', `${number(run.earlier)} ${run.earlier === 1 ? 'checkpoint' : 'checkpoints'} compared`],
    ['tokens', `${number(tokens.checked)} of ${number(tokens.issued)} checked; ${number(tokens.alive)} still alive`],
    ['consents', `${number(consents.checked)} that no token carries; ${number(consents.unbound)} of unknown content`],
    ['configuration', describeConfiguration(configuration)],
  ] as const
  const verdict =
    total === 0
      ? paint.green('✔ Nothing was found.')
      : paint.red(`✘ ${number(total)} ${total === 1 ? 'finding' : 'findings'}`)
  return [
    facts(rows, paint),
    '',
    verdict,
    ...warningOf(run, paint),
    ...otherKeyIn(run),
    ...breakGlassIn(run, paint),
    ...describeFindings(findings, counts, paint),
  ].join('\n')
}

const describeConfiguration = (checked: AuditRun['result']['configuration']): string =>
  checked === null
    ? 'NOT CHECKED: the log came without it, or it cannot be read. Audit the authority by its address, or make a new copy'
    : `${number(checked.rows)} rows in force at ${instant(checked.at)}, each held against the ledger`

/** A fork or a rewind ends all trust in a log, so it comes first. */
function warningOf({ evidence, result }: AuditRun, paint: Paint): string[] {
  if (evidence === null) return []
  const what = result.evidence.some(({ code }) => code === 'fork') ? 'TWO HISTORIES' : 'A SHORTER HISTORY'
  return [
    paint.red(paint.bold(`✘ THE LOG SHOWS ${what} UNDER ITS OWN SIGNATURE. Show others the evidence:`)),
    `  ${evidence}`,
  ]
}

/** Either a false log, or another one at the same address. */
const otherKeyIn = ({ result, state, firstUse }: AuditRun): string[] =>
  firstUse || !('checkpoint_signature' in result.counts) ? [] : ['', otherKeyWords(state)]

/** No finding, and no consent either: whoever was let in, and all that they consented to, hangs on the host. */
function breakGlassIn({ result }: AuditRun, paint: Paint): string[] {
  return result.breakGlass.flatMap(({ openedAt, approver, acknowledgedBy }) => {
    const lines = [`! BREAK-GLASS WAS OPENED ON THE HOST, ${instant(openedAt)}`]
    if (approver !== null)
      lines.push(`  It made ${visible(approver)} an admin. Everything they approved depends on it.`)
    if (approver === null) lines.push('  It enrolled nobody.')
    lines.push(
      acknowledgedBy === null ? '  NO ADMIN HAS ACKNOWLEDGED IT.' : `  Acknowledged by ${visible(acknowledgedBy)}.`,
    )
    return ['', ...lines.map((line) => paint.bold(line))]
  })
}

const SHOWN_OF_EACH = 10

function describeFindings(
  findings: readonly Finding[],
  counts: Readonly<Partial<Record<FindingCode, number>>>,
  paint: Paint,
): string[] {
  return [...new Set(findings.map(({ code }) => code))].flatMap((code) => {
    const found = findings.filter((finding) => finding.code === code)
    const count = counts[code] ?? 0
    const more = count - Math.min(found.length, SHOWN_OF_EACH)
    return [
      '',
      `${paint.bold(FINDINGS[code])} ${paint.dim(`(${code}, ${number(count)})`)}`,
      ...found.slice(0, SHOWN_OF_EACH).map((finding) => `  ${lineOf(finding)}`),
      ...(more > 0 ? [`  … and ${number(more)} more`] : []),
    ]
  })
}

const lineOf = ({ index, at, subject, detail }: Finding): string =>
  visible(
    [index === null ? '' : `entry ${index}`, at === null ? '' : instant(at), subject, detail]
      .filter((part) => part !== '')
      .join('  '),
  )

interface ReportOptions extends AuditOptions {
  readonly from?: number
  readonly to?: number
  readonly out?: string
}

export async function writeReport(where: string | undefined, options: ReportOptions, command: Command): Promise<void> {
  const context = contextOf(command)
  const { out } = options
  const period = reportPeriod(options, now())
  const words = `${instant(period.from)} to ${instant(period.to)}`
  context.output.note(`The report is about ${words}. Another period: --from and --to.`)
  const run = await runAudit(context, where ?? context.url(), options, period)
  const html = reportHtml({ ...run, period, now: now() })
  if (out !== undefined) write(out, html)
  const { total, counts, rebuilt } = run.result
  const value = { file: out ?? null, ...period, total, counts, rebuilt, ...(out === undefined && { html }) }
  if (out === undefined) context.output.document(value, html)
  else context.output.result(value, `The report about ${words} is in ${out}. ${foundWords(run)}`)
  if (total > 0) process.exitCode = EXIT.failed
}

const foundWords = ({ result: { total, rebuilt } }: AuditRun): string =>
  [
    total === 0 ? 'Nothing was found.' : `${number(total)} ${total === 1 ? 'finding' : 'findings'}.`,
    ...(rebuilt ? [] : ['The root of the log could not be rebuilt.']),
  ].join(' ')

function write(file: string, html: string): void {
  try {
    writeFileSync(file, html)
  } catch {
    throw usage(`${file} cannot be written.`)
  }
}
