/** Long work on policies in turns: bounded pieces, and the answers of one piece. */
import { describe, expect, it } from 'vitest'
import { compilePolicies, compiling } from '../../../src/domain/policy/cedar/compile.ts'
import type { CedarEngine, CedarHost } from '../../../src/domain/policy/cedar/engine.ts'
import { inTurns } from '../../../src/domain/turns.ts'
import { worstPolicies } from '../../bench/worst-policies.ts'
import { callTo, cedar, policyOf } from './cedar.ts'

/** Counts turns, and the most characters that the engine reads in one. */
function counting() {
  const seen = { turns: 0, mostCharacters: 0 }
  let characters = 0
  const engine = cedar.engine()
  if (!engine) throw new Error('Cedar is not there')
  const reads = (text: string) => {
    characters += text.length
    seen.mostCharacters = Math.max(seen.mostCharacters, characters)
  }
  const counted: CedarEngine = {
    ...engine,
    policyToJson(text) {
      reads(text)
      return engine.policyToJson(text)
    },
    preparsePolicySet(id, policies) {
      reads(Object.values(policies.staticPolicies ?? {}).join(''))
      return engine.preparsePolicySet(id, policies)
    },
  }
  const host: CedarHost = {
    engine: () => counted,
    broken: cedar.broken,
    othersTurn: async () => {
      seen.turns++
      characters = 0
    },
  }
  return { host, seen }
}

const cases = worstPolicies().map(({ name, text }) => [name, text] as const)

describe.each(cases)('a policy with %s', (_, text) => {
  it('is compiled in turns, as at once', async () => {
    const { host, seen } = counting()
    expect(await inTurns(host, compiling(host, text))).toEqual(compilePolicies(cedar, text))
    expect(seen.turns).toBeGreaterThan(10)
    expect(seen.mostCharacters).toBeLessThan(8_000)
  })

  it('is prepared in turns, and decides alike whether it was or not', async () => {
    const compiled = policyOf(text)
    const { host, seen } = counting()
    const [prepared, cold] = [policyOf(text, host), policyOf(text, host)]
    await host.othersTurn?.()
    Object.assign(seen, { turns: 0, mostCharacters: 0 })
    await prepared.prepare()
    const read = callTo('forum.read')
    expect(await prepared.decide(read)).toEqual(await compiled.decide(read))
    expect(await cold.decide(read)).toEqual(await compiled.decide(read))
    expect(seen.turns).toBeGreaterThan(5)
    expect(seen.mostCharacters).toBeLessThan(8_000)
  })
})

describe('a policy in several parts', () => {
  const filler = 'forbid(principal, action, resource) when { 1 < 0 };'.repeat(200)
  const effectUnder = async (text: string) => {
    const { effect, policies } = await policyOf(`${filler}\n${text}`).decide(callTo('forum.x'))
    return { effect, policies }
  }
  const permit = '@id("p") permit(principal, action == Action::"forum.x", resource);'

  it('is allowed by a permit of one, and denied by a forbid of another', async () => {
    expect(await effectUnder(permit)).toEqual({ effect: 'allow', policies: ['p'] })
    const first = '@id("f") forbid(principal, action, resource) when { 1 < 2 };'
    expect(await effectUnder(`${first}${permit}`)).toEqual({ effect: 'deny', policies: ['f'] })
  })

  it('is denied by an error of any', async () => {
    const bad = '@id("e") forbid(principal, action, resource) when { context.input.absent == 1 };'
    expect(await effectUnder(`${permit}${bad}`)).toEqual({ effect: 'deny', policies: ['e'] })
  })
})
