/**
 * The registered name that somebody may have meant. Levenshtein's distance, in lower case, within bounds: names of at
 * most 64 characters, 1,000 of them, and at most four changes or a third of what was
 * typed.
 */
export interface NameCandidate {
  readonly name: string
  /** Another text that it is known by, such as a person's name. */
  readonly alias?: string | undefined
}

const MAX_LENGTH = 64
const MAX_CANDIDATES = 1000
const MIN_PART = 3
const MAX_APART = 4

export function similarName<Candidate extends NameCandidate>(
  typed: string,
  candidates: readonly Candidate[],
): Candidate | null {
  if (typed.length > MAX_LENGTH) return null
  const wanted = typed.toLowerCase()
  const ranked = candidates
    .slice(0, MAX_CANDIDATES)
    .map((candidate) => ({ candidate, apart: Math.min(...textsOf(candidate).map((text) => apart(wanted, text))) }))
    .filter((one) => Number.isFinite(one.apart))
    .sort((a, b) => a.apart - b.apart)
  return ranked[0]?.candidate ?? null
}

const textsOf = ({ name, alias }: NameCandidate): string[] =>
  [name, alias ?? ''].filter((text) => text !== '' && text.length <= MAX_LENGTH).map((text) => text.toLowerCase())

/** Infinity for texts that are not alike. A part of the name is as near as the farthest misspelling. */
function apart(wanted: string, text: string): number {
  const limit = Math.min(MAX_APART, Math.max(1, Math.floor(wanted.length / 3)))
  const distance = editDistance(wanted, text, limit)
  if (distance <= limit) return distance
  const [short, long] = wanted.length < text.length ? [wanted, text] : [text, wanted]
  return short.length >= MIN_PART && long.includes(short) ? limit + 1 : Number.POSITIVE_INFINITY
}

/** Exact up to `limit`: only the band of the table that can hold such a distance is computed. */
function editDistance(one: string, other: string, limit: number): number {
  const far = limit + 1
  if (Math.abs(one.length - other.length) > limit) return far
  let row = Uint8Array.from({ length: other.length + 1 }, (_, at) => at)
  let next = new Uint8Array(other.length + 1)
  for (let i = 1; i <= one.length; i++) {
    next.fill(far)
    next[0] = i
    for (let j = Math.max(1, i - limit); j <= Math.min(other.length, i + limit); j++) {
      const replaced = (row[j - 1] ?? far) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next[j] = Math.min(replaced, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1)
    }
    ;[row, next] = [next, row]
  }
  return row[other.length] ?? far
}
