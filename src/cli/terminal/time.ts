/** Instants and spans in words. Instants are epoch seconds, shown in UTC to the second. */

export const now = (): number => Math.floor(Date.now() / 1000)

/** `2026-03-18 09:41:07Z` */
export const instant = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ')}Z`

/** `never`, where there is no instant. */
export const instantOr = (at: number | null, otherwise: string): string => (at === null ? otherwise : instant(at))

/** `45 s`, `4 min 05 s`, `3 h 20 min`, `12 days`; nothing below zero. */
export function span(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  const two = (count: number) => String(count).padStart(2, '0')
  if (left < 60) return `${left} s`
  if (left < 3600) return `${Math.floor(left / 60)} min ${two(left % 60)} s`
  if (left < 86_400 * 2) return `${Math.floor(left / 3600)} h ${two(Math.floor((left % 3600) / 60))} min`
  return `${Math.floor(left / 86_400)} days`
}
