/**
 * The preview: the changes an action would make, as text before and after, and the digest a consent signs.
 *
 * Does not judge truth: an executor's preview is trusted, an agent's is its claim, and the digest names the author.
 * SPEC 1, 4 and 5.
 */
import { encodeUtf8 } from '../data/bytes.ts'
import { canonicalize } from '../data/canonicalize.ts'
import { type Digest, digestOf } from '../data/digest.ts'
import { array, misfit, nullable, object, text } from '../data/shape.ts'

/** One thing that would change. `null` before means that it is new, `null` after that it goes. */
export type PreviewChange = {
  /** A few words that name the change: 1 to 200 characters. */
  readonly label: string
  readonly before: string | null
  readonly after: string | null
}

/** The changes an action would make. The pages that show it compute the readable difference. */
export type Preview = {
  /** One sentence of at most 1000 characters. */
  readonly summary?: string
  /** At most 200. */
  readonly changes: readonly PreviewChange[]
}

/** The context that a preview digest binds beside the preview itself. */
export type PreviewContext = {
  /** Its author: an executor (trusted) or an agent (a claim, shown as such). */
  readonly by: 'executor' | 'agent'
  /** The executor's URI. */
  readonly audience: string
  /** The salt of the action. */
  readonly salt: string
}

const MAX_PREVIEW_BYTES = 65_536

const content = nullable(text(MAX_PREVIEW_BYTES, 0))
const change = object({ label: text(200), before: content, after: content })
const readPreview = object({ changes: array(change, 0, 200) }, { summary: text(1000, 0) })

/**
 * Reads a preview from untrusted data and returns a frozen copy. Throws `invalid_request` for unknown members, more
 * than 200 changes, more than 64 KiB canonical, and whatever `canonicalize` refuses. Texts are kept as they are: bidi
 * and invisible characters are for the page to show.
 */
export function parsePreview(value: unknown): Preview {
  const preview = readPreview(value, 'preview')
  if (encodeUtf8(canonicalize(preview)).length > MAX_PREVIEW_BYTES) throw misfit('preview')
  return preview
}

/** SHA-256 over the JCS of `{ typ: "countersign/preview/v1", aud, by, salt, preview }`. SPEC 5. */
export function previewDigest(preview: Preview, context: PreviewContext): Promise<Digest> {
  const { by, audience, salt } = context
  return digestOf({ typ: 'countersign/preview/v1', aud: audience, by, salt, preview })
}
