/**
 * Where the text of a request is not what it seems: characters that are hidden or imitate others, blanks that hide what
 * follows. Every text of the page counts, whoever wrote it. SPEC 3, 5.
 */
import type { JsonValue, Preview } from '@countersign/verifier'
import { textsOfBounds } from '../action/bounds-words.ts'
import { readable } from '../action/character-names.ts'
import { alarmsIn } from '../action/hidden-characters.ts'
import type { ApprovalRequest } from './approval-request.ts'

export interface Finding {
  /** The argument's path, or the part of the request. Untrusted text itself. */
  readonly place: string
  readonly hidden: number
  readonly lookalikes: number
  /** Runs of blanks or blank lines that hide what follows. */
  readonly blanks: number
  /** Whether there are more than were counted. */
  readonly more: boolean
  /** The names of the characters, each once: `zero width space`. */
  readonly names: readonly string[]
}

/** As many places as are looked for. */
export const MOST_FOUND = 100

/** Why such a request is never approved together with others, where it would be in passing. */
export const CONCEALING =
  'Some of its text is not what it seems. Such a request is approved by itself, on its own page.'

/** Whether a warning stands above it for what its text conceals; milliseconds for the largest. */
export const isConcealing = (request: ApprovalRequest): boolean => concealedTextIn(request, 1).length > 0

export function concealedTextIn(request: ApprovalRequest, most = MOST_FOUND): Finding[] {
  const findings: Finding[] = []
  for (const [place, text] of textsOf(request)) {
    const alarms = alarmsIn(text)
    if (alarms.length > 0) findings.push(findingOf(place, alarms))
    if (findings.length === most) break
  }
  return findings
}

function findingOf(place: string, alarms: ReturnType<typeof alarmsIn>): Finding {
  const counted = alarms.filter((piece) => piece.kind !== 'crowd')
  const kinds = (kind: string) => counted.filter((piece) => piece.kind === kind).length
  const names = [...new Set(counted.map((piece) => readable(piece.name)))]
  return {
    place,
    hidden: kinds('hidden'),
    lookalikes: kinds('lookalike'),
    blanks: kinds('blank'),
    more: counted.length < alarms.length,
    names,
  }
}

type Placed = readonly [place: string, text: string]

function* textsOf(request: ApprovalRequest): Generator<Placed> {
  const { action, series, preview, reason, principal, act, catalogueEntry } = request
  for (let actor = act.act; actor; actor = actor.act) yield ['the agents it says it acts for', actor.sub]
  if (action) {
    yield ['resource', action.resource]
    yield* textsIn(action.arguments, '')
  }
  yield* textsOfBounds(series?.bounds?.arguments ?? {})
  yield ['the preview', textsOfPreview(preview?.content)]
  yield ['the reason', reason ?? '']
  yield ['the principal', principal]
  yield ['the title', catalogueEntry.phrase ?? catalogueEntry.title ?? '']
}

const textsOfPreview = (preview: Preview | null | undefined): string =>
  [preview?.summary, ...(preview?.changes ?? []).flatMap(({ label, before, after }) => [label, before, after])]
    .filter((text) => text)
    .join('\n')

function textsIn(value: JsonValue, path: string, found: Placed[] = []): Placed[] {
  if (typeof value === 'string') found.push([path, value])
  if (value === null || typeof value !== 'object') return found
  for (const [name, member] of Object.entries(value)) {
    const inner = path === '' ? name : `${path}.${name}`
    if (!Array.isArray(value)) found.push([`the name ${inner}`, name])
    if (typeof member === 'string' || typeof member === 'object') textsIn(member, inner, found)
  }
  return found
}
