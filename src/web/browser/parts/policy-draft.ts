/** The draft of a policy as a change, and as this tab keeps it: an error or a visit to another page loses nothing. */
import type { Draft } from './pending-change.ts'

export function publishedPolicy(data: FormData): Draft | string {
  const text = String(data.get('text') ?? '')
  if (text.trim() === '') return 'The draft is empty.'
  const version = Number(data.get('version'))
  return [
    `Publishing version ${version + 1} of the policy`,
    { name: 'countersign.policy.publish', resource: 'policy', arguments: { version, text } },
  ]
}

const KEY = 'countersign.draft'

/** `began`: the text that the page offered, which is no draft of anybody's. */
export function keepDraft(text: string, began: string): void {
  if (text === began) sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, JSON.stringify({ text, began }))
}

/** Undefined where the page offers another text by now. */
export function keptDraft(began: string): string | undefined {
  const stored = sessionStorage.getItem(KEY)
  if (stored === null) return undefined
  const kept = JSON.parse(stored) as { readonly text: string; readonly began: string }
  return kept.began === began ? kept.text : undefined
}
