/**
 * An audit as a page to print and to file: its scope, its findings, its basis.
 *
 * It needs no script, no font and no network. The table of duties says for each what the figures do not show.
 */
import { encodeBase64 } from '@countersign/verifier/proof'
import type { AuditResult } from '../audit.ts'
import { FINDINGS, type Finding } from '../finding.ts'
import { COUNTED, type Figures, type Period } from './figures.ts'
import { DUTIES } from './report-duties.ts'
import { REPORT_STYLE } from './report-style.ts'

interface ReportInput {
  readonly result: AuditResult
  readonly period: Period
  readonly vkey: string
  readonly firstUse: boolean
  /** Checkpoints of earlier runs that were compared. */
  readonly earlier: number
  readonly now: number
}

export function reportHtml(input: ReportInput): string {
  const { result, period, now } = input
  const title = `Audit of ${result.checkpoint?.origin ?? 'a log'}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<p>${day(period.from)} to ${day(period.to)} · made ${instant(now)}</p>
${verdict(result)}
</header>
<main>
${section('What it rests on', basis(input))}
${section('Figures', figuresOf(result.figures))}
${section('Findings', findingsOf(result, period))}
${section('Out of the ordinary', notableOf(result.figures))}
${section('Duties', dutiesOf(result))}
</main>
</body>
</html>
`
}

const section = (heading: string, content: string) => `<section>\n<h2>${heading}</h2>\n${content}\n</section>`

function verdict({ total, rebuilt }: AuditResult): string {
  if (total === 0 && rebuilt) return '<p class="verdict good">Nothing was found.</p>'
  const what = total === 1 ? 'One finding' : `${count(total)} findings`
  return `<p class="verdict bad">${what}${rebuilt ? '' : '; the log’s root could not be rebuilt'}.</p>`
}

function basis({ result, vkey, firstUse, earlier }: ReportInput): string {
  const { checkpoint, tokens, consents, configuration } = result
  const rows: [string, string][] = [
    ['Key of the log', `${vkey}${firstUse ? ' (taken on the log’s own word in this very run)' : ''}`],
    ['Entries', checkpoint === null ? 'none could be trusted' : count(checkpoint.size)],
    [
      'Root',
      checkpoint === null
        ? ''
        : `${encodeBase64(checkpoint.root)}${result.rebuilt ? ', rebuilt from the entries' : ''}`,
    ],
    ['Earlier checkpoints compared', count(earlier)],
    ['Tokens checked', `${count(tokens.checked)} of ${count(tokens.issued)}; ${count(tokens.alive)} were still alive`],
    [
      'Consents outside of tokens',
      `${count(consents.checked)} signatures checked; of ${count(consents.unbound)} the signed statement could not be rebuilt`,
    ],
    [
      'Configuration',
      configuration === null
        ? 'not checked: the log came without it, or it cannot be read'
        : `${count(configuration.rows)} rows in force at ${instant(configuration.at)}, each held against the ledger`,
    ],
  ]
  const note = checkpoint === null ? '' : `<pre>${escaped(checkpoint.note)}</pre>`
  const scope = '<p>The whole log was checked, whatever the period; figures are of the period.</p>'
  return `${facts(rows)}${note}${scope}`
}

function figuresOf(figures: Figures): string {
  const { entries, first, last, medianSecondsToConsent: median } = figures
  const span: [string, string][] = [
    ['Entries', count(entries)],
    ['First and last', first === null || last === null ? '–' : `${instant(first)} to ${instant(last)}`],
    ['Half of the first consents came within', median === null ? '–' : `${count(median)} s`],
  ]
  const tables = COUNTED.map(([name, title]) => countsOf(title, figures[name])).join('\n')
  return `${facts(span)}<div class="figures">${tables}</div>`
}

const SHOWN = 25

function countsOf(title: string, counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts)
  if (all.length === 0) return ''
  const rows = all.slice(0, SHOWN).map(([name, value]) => [escaped(name), count(value)])
  const more = all.length > SHOWN ? [[`and ${count(all.length - SHOWN)} more`, '']] : []
  return `<table><caption>${title}</caption>${body([...rows, ...more])}</table>`
}

function findingsOf({ findings, counts, total }: AuditResult, period: Period): string {
  if (total === 0) return '<p>None.</p>'
  const sums = Object.entries(counts).map(([code, value]) => [
    `${escaped(FINDINGS[code as keyof typeof FINDINGS])}`,
    count(value),
  ])
  const rows = findings.map((finding) => [
    finding.index === null ? '–' : String(finding.index),
    finding.at === null ? '–' : instant(finding.at),
    `${escaped(FINDINGS[finding.code])} <code>${finding.code}</code>`,
    escaped([finding.subject, finding.detail].filter(Boolean).join(': ')),
    isWithin(finding, period) ? 'in the period' : '',
  ])
  const left = total - findings.length
  const rest = left > 0 ? `<p>${count(left)} more of the same kinds are counted and not listed.</p>` : ''
  return `<table>${body(sums)}</table><table>${head('Entry', 'At', 'Finding', 'About', '')}${body(rows)}</table>${rest}`
}

const isWithin = ({ at }: Finding, { from, to }: Period): boolean => at !== null && at >= from && at < to

function notableOf({ notable }: Figures): string {
  if (notable.length === 0) return '<p>Nothing.</p>'
  const rows = notable.map(({ index, at, type, about }) => [String(index), instant(at), escaped(type), escaped(about)])
  return `<table>${head('Entry', 'At', 'What', 'About')}${body(rows)}</table>`
}

function dutiesOf({ figures, total }: AuditResult): string {
  const rows = DUTIES.map(({ duty, asks, shown, notShown }) => [
    `<strong>${escaped(duty)}</strong><br>${escaped(asks)}`,
    escaped(shown(figures, total)),
    escaped(notShown),
  ])
  const caveat = '<p>This table maps records to duties. It is no finding that any duty is met.</p>'
  return `${caveat}<table class="duties">${head('Duty', 'What this log shows', 'What it does not show')}${body(rows)}</table>`
}

// ── HTML ─────────────────────────────────────────────────────────────────

const head = (...titles: string[]) => `<thead><tr>${titles.map((title) => `<th>${title}</th>`).join('')}</tr></thead>`
const body = (rows: readonly (readonly string[])[]) =>
  `<tbody>${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}</tbody>`
const facts = (rows: readonly (readonly [string, string])[]) =>
  `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`

/** Ids in a ledger are chosen by others: they are escaped, and characters that hide or reorder text are made visible. */
const escaped = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
      character === '\n' ? character : `\\u{${hexOf(character)}}`,
    )
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const hexOf = (character: string): string => character.codePointAt(0)?.toString(16) ?? ''
const count = (value: number): string => value.toLocaleString('en')
const instant = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ')}Z`
const day = (at: number): string => new Date(Math.min(at, 8_640_000_000_000) * 1000).toISOString().slice(0, 10)
