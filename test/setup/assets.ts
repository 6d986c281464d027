/** Builds the page assets, which the pages import, and the empty database that embedded ones are copies of. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../src/build.mjs', import.meta.url)), 'assets', 'database'])
}
