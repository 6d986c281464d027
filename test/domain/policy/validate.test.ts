/** Cedar's own validator on drafts: what can never be meant is a fault with its place, what may be is a warning. */
import { describe, expect, it } from 'vitest'
import type { SchemaAction } from '../../../src/domain/policy/cedar/cedar-schema.ts'
import { compilePolicies } from '../../../src/domain/policy/cedar/compile.ts'
import { validatePolicies } from '../../../src/domain/policy/cedar/validate-policies.ts'
import { DEFAULT_POLICY } from '../../../src/domain/policy/default-policy.ts'
import { EXAMPLES, renamed } from './agentcore.ts'
import { cedar as host } from './cedar.ts'

const ACTIONS: readonly SchemaAction[] = [
  { name: 'forum.post', schema: undefined },
  {
    name: 'shop.pay',
    schema: {
      type: 'object',
      properties: {
        amount: { type: 'integer' },
        rate: { type: 'number' },
        to: { type: 'object', properties: { iban: { type: 'string' } }, additionalProperties: false },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['amount', 'to'],
      additionalProperties: false,
    },
  },
]

const NAMES = {
  agent: ['helpdesk-agent', 'planner'],
  executor: ['https://forum.example'],
  'group of people': ['approver', 'admin', 'finance'],
  'group of agents': ['role:manager', 'time-boxed'],
  principal: ['zoe'],
  person: ['ada'],
  tag: ['username', 'sub', 'role'],
}

function validated(text: string, actions = ACTIONS) {
  const compiled = compilePolicies(host, text)
  if (!compiled.ok) throw new Error(compiled.problems[0]?.message)
  return validatePolicies(host, text, compiled, { actions, names: NAMES })
}
const when = (condition: string, action = '') =>
  `// é 😀\npermit (principal, action${action}, resource)\nwhen { ${condition} };`
const PAY = ' == Action::"shop.pay"'

describe('a fault', () => {
  it.each([
    ['context.efect == "read"', 'Attribute `efect` in context not found.', 'context.effect', 8],
    [
      'true && context.signals.destructiv',
      'Attribute `signals.destructiv` in context not found.',
      'context.signals.destructive',
      16,
    ],
    [
      '"é😀" == "x" || principal.ownr == "x"',
      'Attribute `ownr` on entity type `Agent` not found.',
      'principal.owner',
      23,
    ],
    ['context.people == "2"', 'The types Long and String are not compatible.', null, 8],
    ['context.time.hour < "8"', 'Unexpected type: expected Long but saw String.', null, 28],
    ['principal is Agnt', 'Unrecognized entity type `Agnt`.', 'Agent', 21],
    ['context.history.calls > true', 'Unexpected type: expected Long but saw Bool', null, 32],
  ])('is %s', (condition, message, suggestion, column) => {
    const { faults } = validated(`${when(condition)}\n// @fact calls = count of "forum.*" within 1 hour per agent`)
    expect(faults).toMatchObject([{ line: 3, column, suggestion }])
    expect(faults[0]?.message).toContain(message)
  })

  it.each([
    ['context.input.amont < 5', 'not found', 'context.input.amount'],
    ['context.input.to.ibann == "x"', 'not found', 'context.input.to.iban'],
    ['context.input.amount == "5"', 'not compatible', null],
    ['context.input.tags.contains(5)', '', null],
  ])('is %s, where a catalogue states the arguments', (condition, message, suggestion) => {
    const { faults } = validated(when(condition, PAY))
    expect(faults).toMatchObject([{ suggestion }])
    expect(faults[0]?.message).toContain(message)
  })
})

describe('a warning, and no fault,', () => {
  it.each([
    [when('principal.owner == "ada"'), 'may be absent, and the call is denied then', null],
    [when('context.session.minutes_left < 5'), 'may be absent', 'context has session'],
    [when('true', ' == Action::"shop.pey"'), 'which no catalogue has', 'shop.pay'],
    [when('action == Action::"shop.pey" || true'), 'which no catalogue has', 'shop.pay'],
    [`@approvers("admin and 2 finanec")\n${when('true')}`, 'the group “finanec”, which does not exist', 'finance'],
    [`@order("admin, finanec")\n${when('true')}`, 'the group “finanec”, which does not exist', 'finance'],
    [`@approvers("admin") @actor("plannre")\n${when('true')}`, 'the agent “plannre”, which is not', 'planner'],
    [when('context.actors.contains(Agent::"plannre")'), 'the agent “plannre”, which is not', 'planner'],
    [when('["helpdesk-agnet"].contains(principal.id)'), 'the agent “helpdesk-agnet”', 'helpdesk-agent'],
    [when('principal in [Group::"time-boxd"]'), 'the group of agents “time-boxd”, which no agent is in', 'time-boxed'],
    [when('principal.groups.containsAny(["time-boxd"])'), 'the group of agents “time-boxd”', 'time-boxed'],
    [when('principal.hasTag("rolle")'), 'the tag “rolle”, which no agent has', 'role'],
    [when('context.principal == "zoé"'), 'the principal “zoé”, for whom no agent acts', 'zoe'],
    [when('principal has owner && principal.owner != "adda"'), 'the person “adda”, who is not', 'ada'],
    [when('resource is Resource in Executor::"https://forum.exmaple"'), 'the executor', 'https://forum.example'],
    [when('context.effect == "writ"'), 'the effect “writ”, which is none', 'write'],
    [
      `// @fact n = count of "shop.pey" within 1 hour per agent\n${when('context.history.n < 5')}`,
      'The fact n counts “shop.pey”, which no catalogue has',
      'shop.pay',
    ],
    [when(`context.principal == "${'x'.repeat(300)}"`), `“${'x'.repeat(120)}…”`, null],
    [when('context.people > 1 && false'), 'can never match', null],
    [when('principal == resource'), 'can never match', null],
  ])('is %s', (text, message, suggestion) => {
    const { faults, warnings } = validated(text)
    expect(faults).toEqual([])
    expect(warnings).toMatchObject([{ message: expect.stringContaining(message), suggestion }])
  })
})

describe('nothing is found in', () => {
  it.each([
    DEFAULT_POLICY,
    when('context.input.anything.at < 5 && context.input has deep && context.input.deep.list.contains(3)'),
    when('context.input has amount || context.input.other.lessThan(decimal("1.0"))'),
    when('context.input.rate.lessThan(decimal("0.5")) && context.input.amount < 5', PAY),
    when('ip(context.input.from).isLoopback() || [].contains(context.input.x)'),
    when('["a"].contains(context.input.x) || context.input == {a: 1} || context.input["odd name"] like "*"'),
  ])('%s', (text) => {
    expect(validated(text)).toEqual({ faults: [], warnings: [] })
  })

  it.each(Object.entries(EXAMPLES))(
    'the example %s of AgentCore that would keep it from being published',
    (_, text) => {
      expect(validated(renamed(text)).faults).toEqual([])
    },
  )
})

it('a name is found at its place, also behind an escape or in a list', () => {
  const text = '// é "finanec"\n@id("a\\"b, c")\n@approvers("admin, finanec") permit (principal, action, resource);'
  const plain = text.replace('a\\"b, c', 'a')
  expect(validated(plain).warnings).toMatchObject([{ line: 3, column: 12 }])
  const escaped = when('context.principal == "z\\u{6f}\\u{65}x" && context.principal == "zo\\u{65}"')
  expect(validated(escaped).warnings).toMatchObject([{ line: 2, column: 1, suggestion: 'zoe' }])
})

it('is bounded', () => {
  const strangers = Array.from({ length: 200 }, (_, n) => `"nobody ${n}"`).join(', ')
  expect(validated(when(`[${strangers}].contains(context.principal)`)).warnings).toHaveLength(20)
  const many = Array.from({ length: 200 }, () => when('context.efect == "read"')).join('\n')
  expect(validated(many).faults).toHaveLength(20)
})
