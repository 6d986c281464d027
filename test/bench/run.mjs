#!/usr/bin/env node
// @ts-check
/**
 * `npm run bench [-- NAME… --quick --markdown --json FILE --entries N --cases PATTERN]`: builds product and benches from
 * source and runs them.
 *
 * In: names of benches or of subjects (default all but the longest), whether the table is of Markdown, a file for the
 * figures, how long a long log is (10,000,000), which cases a bench of many takes. Out: a table; exit code 2 for an
 * unknown name, 1 when a bench fails to run, else 0: a missed target is a finding, not a failure.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
// As deep as the sources: what they find relative to themselves, the bundles find too.
const outdir = fileURLToPath(new URL('node_modules/.bench', `file://${root}`))

/** @type {import('esbuild').Plugin} */
const installedPackagesStayOutside = {
  name: 'installed-packages-stay-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./#]/ }, ({ path, kind }) =>
      kind === 'entry-point' || /^@countersign\/verifier($|\/)/.test(path) ? undefined : { path, external: true },
    )
  },
}

const servers = [
  'bare-server',
  'bare-answer',
  'bare-page',
  'bare-proof',
  'bare-pglite',
  'bare-sse',
  'stopper',
  'oidc-server',
  'echo-server',
]
const programs = ['main', ...servers, 'bare-audit', 'bare-signatures', 'decide-process']

const built = spawnSync(process.execPath, [`${root}src/build.mjs`], { stdio: ['ignore', 'ignore', 'inherit'] })
if (built.status !== 0) process.exit(1)
await build({
  absWorkingDir: root,
  entryPoints: programs.map((name) => `test/bench/${name}.ts`),
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
await import(`file://${outdir}/main.js`)
