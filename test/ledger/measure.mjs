#!/usr/bin/env node
// @ts-check
/**
 * Builds the product and `measure.ts` from their sources, then takes the figures.
 *
 * In:  which of `throughput`, `latency`, `redemption`; default all. Out: a line each.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
// As deep as the sources: what they find relative to themselves, the bundles find too.
const outdir = fileURLToPath(new URL('node_modules/.measure', `file://${root}`))

/** @type {import('esbuild').Plugin} */
const installedPackagesStayOutside = {
  name: 'installed-packages-stay-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || /^@countersign\/verifier($|\/)/.test(path) ? undefined : { path, external: true },
    )
  },
}

const built = spawnSync(process.execPath, [`${root}src/node/build.mjs`], { stdio: ['ignore', 'ignore', 'inherit'] })
if (built.status !== 0) process.exit(1)
await build({
  absWorkingDir: root,
  entryPoints: ['test/ledger/measure.ts'],
  outdir,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['countersign-source'],
  plugins: [installedPackagesStayOutside],
  sourcemap: 'inline',
  logLevel: 'warning',
})
await import(`file://${outdir}/measure.js`)
