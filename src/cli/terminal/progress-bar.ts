/** The progress of an audit: a bar on a terminal, nothing elsewhere. */
import type { Output } from './output.ts'

export interface Progress {
  readonly show: (step: string, done: number, all: number) => void
  readonly end: () => void
}

const WIDTH = 30
const EVERY_MS = 100

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
