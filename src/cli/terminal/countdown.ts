/**
 * A line that counts down while a command waits: animated on a terminal, one plain line elsewhere.
 *
 * In: where to write, a text, the instant it ends. Out: a function that removes it.
 */
import type { Output } from './output.ts'
import { instant, now, span } from './time.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100

/** The returned function removes the line; calling it twice is harmless. */
export function startCountdown(output: Output, text: string, endsAt: number): () => void {
  const { stderr, notePaint: paint } = output
  if (!stderr.isTTY || output.json) {
    output.note(`${text}, until ${instant(endsAt)} (${span(endsAt - now())})`)
    return () => {}
  }
  let frame = 0
  const draw = () => {
    const left = paint.dim(`${span(endsAt - now())} left`)
    stderr.write(`\r\u001B[K  ${paint.cyan(FRAMES[frame++ % FRAMES.length] ?? '')} ${text}  ${left}`)
  }
  draw()
  const timer = setInterval(draw, FRAME_MS)
  return () => {
    clearInterval(timer)
    stderr.write('\r\u001B[K')
  }
}
