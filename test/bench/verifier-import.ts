/** How long a fresh process takes to import the built verifier, next to importing jose alone. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { alternate, type Bench, compare, figure } from './harness.ts'

const ROUNDS = 11
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export const verifierImport: Bench = {
  name: 'verifier-import',
  about: 'milliseconds of a cold import of @countersign/verifier, against importing jose alone',
  async run() {
    const times = await alternate(ROUNDS, importing('@countersign/verifier'), importing('jose'))
    const target = { of: 'value', is: '<', limit: 30 } as const
    return [figure({ name: 'verifier-import', unit: 'ms', ...compare(times, (ms) => ms), target })]
  },
}

function importing(specifier: string): () => Promise<number> {
  const script = `const start = performance.now(); await import('${specifier}'); console.log(performance.now() - start)`
  const args = ['--input-type=module', '--eval', script]
  return async () => Number(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', env: {} }))
}
