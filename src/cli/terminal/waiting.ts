/** Lines that move on a terminal while a command waits or works. */
import type { Output } from './output.ts'
import { instant, now, span } from './time.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 100

/**
 * Counts down to an instant; elsewhere than on a terminal, one plain line. The returned function removes the line;
 * calling it twice is harmless.
 */
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

export interface Progress {
  readonly show: (step: string, done: number, all: number) => void
  readonly end: () => void
}

const WIDTH = 30
const EVERY_MS = 100

/** A bar on a terminal, nothing elsewhere. */
export function startProgress({ stderr, json, notePaint: paint }: Output): Progress {
  if (!stderr.isTTY || json) return { show: () => {}, end: () => {} }
  let shownAt = 0
  return {
    show(step, done, all) {
      const now = performance.now()
      if (now - shownAt < EVERY_MS && done < all) return
      shownAt = now
      const filled = all === 0 ? WIDTH : Math.round((Math.min(done, all) / all) * WIDTH)
      const bar = paint.cyan('█'.repeat(filled)) + paint.dim('░'.repeat(WIDTH - filled))
      stderr.write(`\r\u001B[K  ${step.padEnd(8)} ${bar} ${done.toLocaleString('en')} of ${all.toLocaleString('en')}`)
    },
    end: () => void stderr.write('\r\u001B[K'),
  }
}
