/**
 * Cedar on Workers: the package's web entry, with its module as wrangler gives it. An isolate cannot make a second
 * instance: one that threw stays out of use, and all decisions are denials until the isolate ends. SPEC 11.
 */
import * as cedar from '@cedar-policy/cedar-wasm/web'
import wasm from '../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm'
import type { CedarEngine, CedarHost } from '../domain/policy/cedar/engine.ts'

export function createCedarHost(): CedarHost {
  let current: CedarEngine | null = null
  let isBroken = false
  return {
    engine() {
      if (isBroken) return null
      if (current === null) cedar.initSync({ module: wasm })
      current = cedar
      return current
    },
    broken() {
      isBroken = true
    },
    // A call that is cut off would leave the work undone for those that wait for it.
    othersTurn: null,
  }
}
