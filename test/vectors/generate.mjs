/** Writes the vectors anew: `node test/vectors/generate.mjs`. Only signatures that are random by nature change. */
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const outfile = here('../../node_modules/.cache/countersign-vectors.mjs')
await build({
  entryPoints: [here('generate.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['countersign-source'],
  outfile,
  logLevel: 'error',
})
const { generate } = await import(outfile)
await generate(here('.'))
