/** Calls `act` once nothing has happened for a while. */
export function debounce(act: () => void, afterMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(act, afterMs)
  }
}
