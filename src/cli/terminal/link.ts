/** A link for a person, and on a terminal the same as a QR code, so that the telephone with the passkey can open it. */
import { renderUnicodeCompact } from 'uqr'
import type { Output } from './output.ts'
import { visible } from './paint.ts'

/** A link carries no authority, except an enrolment link: `warning` says so where it does. */
export function showLink(output: Output, title: string, link: string, warning?: string): void {
  const { notePaint: paint } = output
  output.note(`\n  ${title}\n  ${paint.bold(paint.cyan(visible(link)))}`)
  if (warning !== undefined) output.note(`  ${paint.red(warning)}`)
  if (output.stderr.isTTY && !output.json) output.note(`\n${indented(renderUnicodeCompact(link, { border: 1 }))}`)
  output.note('')
}

const indented = (text: string) => text.replace(/^/gm, '  ')
