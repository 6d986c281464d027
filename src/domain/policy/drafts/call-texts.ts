/**
 * The texts of a call on their way to the thread that tries a draft. A tree is copied there many times slower than its
 * text, so the thread parses. SPEC 11.4.
 */
import type { ActionSpec, Preview } from '@countersign/verifier'
import type { Bounds } from '@countersign/verifier/authority'
import type { PolicyQuery } from '../policy.ts'
import type { CallTexts, DraftCase, UnparsedCase } from './draft-job.ts'

export function textsOf({ resource, arguments: args, preview }: Omit<PolicyQuery, 'people' | 'session' | 'history'>) {
  const texts = { action: JSON.stringify({ content: { resource, arguments: args } }), bounds: null }
  return { ...texts, preview: preview && JSON.stringify({ content: preview }) }
}

/** In characters. */
export const lengthOf = (texts: CallTexts): number =>
  [texts.action, texts.bounds, texts.preview].reduce((sum, text) => sum + (text?.length ?? 0), 0)

export function parsedCase({ texts, ...call }: UnparsedCase): DraftCase {
  const { resource, arguments: args }: ActionSpec = JSON.parse(texts.action).content
  const bounds: Bounds | null = texts.bounds === null ? null : JSON.parse(texts.bounds).content
  const preview: Preview | null = texts.preview === null ? null : JSON.parse(texts.preview).content
  return { ...call, resource, arguments: args, bounds, preview }
}
