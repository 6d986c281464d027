/**
 * Cedar on Node: the package's own entry, loaded when it is first needed. An instance that threw is replaced by a fresh
 * one, at most once a second, so that no call that breaks it takes the time of all others. SPEC 11.
 */
import { createRequire } from 'node:module'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import type { CedarEngine, CedarHost } from '../domain/policy/cedar/engine.ts'

// V8 before 13 inlines calls into WebAssembly, and aborts the process where it gives the caller's code up while such a
// call is under way that returns an object, as Cedar's do.
if (Number.parseInt(process.versions.v8, 10) < 13) setFlagsFromString('--no-turbo-inline-js-wasm-calls')

const RENEW_AFTER_MS = 1000
/**
 * V8 optimizes a function of WebAssembly once it has run for a budget. The parser of Cedar runs through V8's own budget
 * with the default policy; its optimization takes half a second of another thread, and 20 MB that often stay in use.
 * With this budget, a function is optimized under load.
 */
const BUDGET = { ofCedar: 600_000_000, ofV8: 1_800_000 }

const require = createRequire(import.meta.url)
const ENTRY = '@cedar-policy/cedar-wasm/nodejs'

/** The module is its instance: one that is not in the cache is made anew. */
function freshEngine(): CedarEngine {
  delete require.cache[require.resolve(ENTRY)]
  setFlagsFromString(`--wasm-tiering-budget=${BUDGET.ofCedar}`)
  try {
    return require(ENTRY)
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${BUDGET.ofV8}`)
  }
}

export function createCedarHost(upMs: () => number = () => performance.now()): CedarHost {
  let current: CedarEngine | null = null
  let madeAt = Number.NEGATIVE_INFINITY
  return {
    engine() {
      if (current === null && upMs() - madeAt >= RENEW_AFTER_MS) {
        current = freshEngine()
        madeAt = upMs()
      }
      return current
    },
    broken(engine) {
      if (engine === current) current = null
    },
    othersTurn: () => setImmediate(),
  }
}
