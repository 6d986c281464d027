/** What the verifier adds to an executor that is sent over a wire, minified and gzipped; not what it loads when needed. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { loadedLater } from '../setup/bundle.ts'
import { type Bench, figure } from './harness.ts'

const VERIFIER = fileURLToPath(new URL('../../src/verifier/dist/index.js', import.meta.url))
/** The names that an executor imports; those for an authority alone are left out by its bundler. */
const EXECUTOR = `export { createVerifier, withoutRedemption, ApprovalError } from ${JSON.stringify(VERIFIER)}`

export const verifierBundle: Bench = {
  name: 'verifier-bundle',
  about: 'bytes that @countersign/verifier adds to an executor, minified and gzipped',
  async run() {
    const options = { bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022' } as const
    // Two parts of the built package share a third; only outside of node_modules does esbuild remark on that.
    const logOverride = { 'ignored-bare-import': 'silent' } as const
    const { outputFiles } = await build({
      ...options,
      plugins: [loadedLater],
      logOverride,
      stdin: { contents: EXECUTOR, resolveDir: '/' },
      write: false,
      legalComments: 'none',
    })
    const value = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
    return [figure({ name: 'verifier-bundle', value, unit: 'bytes', target: { of: 'value', is: '≤', limit: 12_000 } })]
  },
}
