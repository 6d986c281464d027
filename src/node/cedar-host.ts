/**
 * Cedar on Node: the package's own entry, loaded when it is first needed. An instance that threw is replaced by a fresh
 * one, at most once a second, so that no call that breaks it takes the time of all others. SPEC 11.
 */
import { createRequire } from 'node:module'
import type { CedarEngine, CedarHost } from '../domain/policy/cedar/engine.ts'

const RENEW_AFTER_MS = 1000

const require = createRequire(import.meta.url)
const ENTRY = '@cedar-policy/cedar-wasm/nodejs'

/** The module is its instance: one that is not in the cache is made anew. */
function freshEngine(): CedarEngine {
  delete require.cache[require.resolve(ENTRY)]
  return require(ENTRY)
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
  }
}
