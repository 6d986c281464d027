/** The policy in force: one compilation for all who need a version, and nobody is answered by an older one meanwhile. */
import { expect, it } from 'vitest'
import { parseConfig } from '../../src/authority/config.ts'
import { createPolicyKeeper, policyDigest } from '../../src/authority/policy/in-force.ts'
import type { CedarHost } from '../../src/domain/policy/cedar/engine.ts'
import { splitPolicies } from '../../src/domain/policy/cedar/split-policies.ts'
import { DEFAULT_POLICY } from '../../src/domain/policy/default-policy.ts'
import { createCedarHost } from '../../src/node/cedar-host.ts'
import { worstPolicies } from '../bench/worst-policies.ts'

const splitOf = (text: string): number => {
  const split = splitPolicies(text)
  return split.ok ? split.policies.length : 0
}

const LONG = worstPolicies()[0]?.text ?? ''

/** Two versions; `publish` puts the second in force. Between two pieces of work, the host waits for `go`. */
function ground() {
  const texts = [DEFAULT_POLICY, LONG]
  let version = 1
  let go = (): void => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const parsed: string[] = []
  const inner = createCedarHost()
  const engine = inner.engine()
  if (!engine) throw new Error('Cedar is not there')
  const cedar: CedarHost = {
    engine: () => ({
      ...engine,
      policyToJson(text) {
        parsed.push(text)
        return engine.policyToJson(text)
      },
    }),
    broken: inner.broken,
    othersTurn: () => (version === 1 ? Promise.resolve() : gate),
  }
  const store = {
    policyInForce: async () => version,
    async policyVersion(asked: number) {
      const text = texts[asked - 1] ?? ''
      return { version: asked, text, digest: await policyDigest(text), author: null, request: null, createdAt: 0 }
    },
    listPolicies: async () => [],
    ensurePolicy: async () => {},
  }
  const say = (): void => {}
  const log = { debug: say, info: say, warn: say, error: say }
  const keeper = createPolicyKeeper({ store, cedar, config: parseConfig({}), log, published: () => 0 })
  return {
    keeper,
    parsed,
    go,
    publish() {
      version = 2
    },
  }
}

it('shares one compilation, and answers nobody who asks for the new version by the old one', async () => {
  const { keeper, parsed, go, publish } = ground()
  expect((await keeper.read()).version).toBe(1)
  publish()
  parsed.length = 0
  const answered: number[] = []
  const reading = Array.from({ length: 5 }, async () => void answered.push((await keeper.read()).version))
  expect((await keeper.known()).version).toBe(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(answered).toEqual([])
  go()
  await Promise.all(reading)
  expect(answered).toEqual([2, 2, 2, 2, 2])
  expect((await keeper.known()).version).toBe(2)
  expect(parsed).toHaveLength(splitOf(LONG))
})
