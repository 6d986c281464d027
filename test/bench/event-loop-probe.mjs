/**
 * Loaded into a server before its own code: how long its event loop is held at most.
 *
 * In: `PROBE_PORT`. Out: an HTTP server that answers with the longest turn since it was last asked, in milliseconds. A
 * turn counts by what the main thread computed where the kernel says so, since a busy machine prolongs the clock's.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const SCHEDSTAT = '/proc/self/schedstat'

function computedMs() {
  try {
    return Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

let last = computedMs()
let longest = 0

setInterval(() => {
  const now = computedMs()
  longest = Math.max(longest, now - last)
  last = now
}, 1).unref()

createServer((_, answer) => {
  answer.end(JSON.stringify({ longestMs: longest }))
  longest = 0
})
  // Threads and children of the server load this file too.
  .on('error', () => {})
  .listen(Number(process.env['PROBE_PORT']), '127.0.0.1')
  .unref()
