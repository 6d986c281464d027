/** PGlite's WebAssembly, compiled by V8 on other threads while this one loads the rest of the authority. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

let compiling: Promise<WebAssembly.Module> | undefined

/** Compiles once. A failure reaches the caller that awaits it, and no other. */
export function compileEngine(): Promise<WebAssembly.Module> {
  compiling ??= compile()
  compiling.catch(() => {})
  return compiling
}

async function compile(): Promise<WebAssembly.Module> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  // Read at once: a read that takes turns would come after the modules.
  return WebAssembly.compile(readFileSync(join(dirname(entry), 'pglite.wasm')))
}
