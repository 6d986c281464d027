/** Notices a proxy that holds a stream back: the authority sends a first event at once, so that silence is not its own. */
const HELD_BACK_MS = 8000

export const HELD_BACK = 'Updates arrive late: a proxy holds them back'

/** Closes the stream and calls `heldBack` where no `first` event comes in time. */
export function watchStream(source: EventSource, first: string, heldBack: () => void): void {
  const timer = setTimeout(() => {
    if (source.readyState === EventSource.CLOSED) return
    source.close()
    heldBack()
  }, HELD_BACK_MS)
  const arrived = () => clearTimeout(timer)
  source.addEventListener(first, arrived, { once: true })
  source.addEventListener('error', arrived, { once: true })
}
