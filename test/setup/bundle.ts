/** Bundles for tests: a process of their own, made from its sources, that can be killed; and what is loaded at once. */
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

/** Leaves out the modules that are loaded when they are needed: the bounds of grants, with the first token of one. */
export const loadedLater: Plugin = {
  name: 'loaded-later',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    )
  },
}

/** Bundles `entry` (from the top of the project) beside the installed packages, which it imports; resolves to its file. */
export async function bundled(entry: string, name: string): Promise<string> {
  const outfile = join(process.cwd(), 'node_modules', `.${name}-${process.pid}.mjs`)
  await build({
    entryPoints: [join(process.cwd(), entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: {
      '@countersign/verifier/proof': join(process.cwd(), 'src/verifier/proof/proof.ts'),
      '@countersign/verifier/authority': join(process.cwd(), 'src/verifier/authority-side.ts'),
      '@countersign/verifier': join(process.cwd(), 'src/verifier/index.ts'),
      '#platform': join(process.cwd(), 'src/verifier/platform/node.ts'),
    },
    logLevel: 'error',
  })
  return outfile
}
