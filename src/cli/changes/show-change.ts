/** Says what an administrative change did, and shows its secret the one time it can be seen. */

import { showLink } from '../terminal/link.ts'
import type { Output } from '../terminal/output.ts'
import { instant, now, span } from '../terminal/time.ts'
import type { Administered } from './administer.ts'

export interface ChangeWords {
  /** What happened, in a sentence. */
  readonly done: string
  /** What to do with the credential. */
  readonly hint?: string
}

export function showChange(output: Output, change: Administered, { done, hint }: ChangeWords): void {
  const { paint } = output
  const lines = [`${paint.green('✔')} ${done}`]
  if (change.credential !== undefined) {
    const until = change.expires_at === undefined ? '' : `, valid until ${instant(change.expires_at)}`
    lines.push('', `  ${paint.bold(change.credential)}`, '', `  Shown once${until}.${hint ? ` ${hint}` : ''}`)
  }
  output.result(change, lines.join('\n'))
  if (change.link === undefined) return
  const life = change.expires_at === undefined ? 'once' : `once, within ${span(change.expires_at - now())}`
  if (!output.json)
    showLink(output, 'The enrolment link:', change.link, `Whoever opens it first enrols. It works ${life}.`)
}
