/** Time left and age in words. Pure; the browser scripts use the same functions, so the text does not jump when they take over. */

/** `4:32`, from an hour on `1 h 12 min`; never negative. */
export function timeLeft(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds))
  if (left >= 3600) return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

/** `just now`, `2 min ago`, `3 h ago`, `5 days ago`. */
export function age(seconds: number): string {
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return `${days} ${days === 1 ? 'day' : 'days'} ago`
}
