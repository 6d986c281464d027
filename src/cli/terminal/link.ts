/** Shows a link, and on a terminal its QR code, so that the phone with the passkey can open it. */
import { renderUnicodeCompact } from 'uqr'
import type { Output } from './output.ts'
import { visible } from './paint.ts'

/** `warning` is for links that carry authority, such as enrolment links. */
export function showLink(output: Output, title: string, link: string, warning?: string): void {
  const { notePaint: paint } = output
  output.note(`\n  ${title}\n  ${paint.bold(paint.cyan(visible(link)))}`)
  if (warning !== undefined) output.note(`  ${paint.red(warning)}`)
  if (output.stderr.isTTY && !output.json) output.note(`\n${indented(renderUnicodeCompact(link, { border: 1 }))}`)
  output.note('')
}

const indented = (text: string) => text.replace(/^/gm, '  ')
