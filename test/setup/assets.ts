/** Builds the page assets, which the pages import. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../src/build.mjs', import.meta.url)), 'assets'])
}
