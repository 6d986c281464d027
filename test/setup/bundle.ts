/** A process of a test's own, made from its sources: one that can be killed. */
import { join } from 'node:path'
import { build } from 'esbuild'

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
      '@countersign/verifier': join(process.cwd(), 'src/verifier/index.ts'),
      '#platform': join(process.cwd(), 'src/verifier/platform/node.ts'),
    },
    logLevel: 'error',
  })
  return outfile
}
