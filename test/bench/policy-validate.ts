/** Validating 1,000 policies over 200 actions as a draft, in process: compiled anew, then validated by Cedar. */
import { compilePolicies } from '../../src/domain/policy/cedar/compile.ts'
import { validatePolicies } from '../../src/domain/policy/cedar/validate-policies.ts'
import { createCedarHost } from '../../src/node/cedar-host.ts'
import { CATALOGUE, largeText } from './decide.ts'
import { type Bench, figure, median } from './harness.ts'

const ROUNDS = 5

export const policyValidate: Bench = {
  name: 'policy-validate',
  about: 'milliseconds to compile and to validate a draft of 1,000 policies over 200 actions, in its thread',
  async run() {
    const times = Array.from({ length: ROUNDS }, () => timed())
    return [
      figure({ name: 'policy-compile', unit: 'ms', value: median(times.map(({ compiled }) => compiled)) }),
      figure({ name: 'policy-validate', unit: 'ms', value: median(times.map(({ validated }) => validated)) }),
    ]
  },
}

const NO_NAMES = {
  agent: [],
  executor: [],
  'group of people': [],
  'group of agents': [],
  principal: [],
  person: [],
  tag: [],
}

function timed() {
  const [host, text] = [createCedarHost(), largeText()]
  const start = performance.now()
  const compiled = compilePolicies(host, text)
  const then = performance.now()
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems[0]))
  const actions = CATALOGUE.map(({ name }) => ({ name, schema: undefined }))
  const { faults } = validatePolicies(host, text, compiled, { actions, names: NO_NAMES })
  if (faults.length > 0) throw new Error(JSON.stringify(faults[0]))
  return { compiled: then - start, validated: performance.now() - then }
}
