/**
 * The schema that drafts are validated against: the entities and the context of every decision, the facts that the draft
 * declares, and the arguments of each action as far as its catalogue states their types. SPEC 11.4.
 */

import type { SchemaJson, Type, TypeOfAttribute } from '@cedar-policy/cedar-wasm/web'
import type { JsonObject, JsonValue } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import type { Fact } from '../history/fact.ts'
import { FLAGS } from '../signals/signals.ts'
import { type Mention, memberOf, noMention } from './mentions.ts'

type Attributes = Record<string, TypeOfAttribute<string>>

const TEXT: Type<string> = { type: 'String' }
const WHOLE: Type<string> = { type: 'Long' }
const TRUTH: Type<string> = { type: 'Boolean' }
const INSTANT: Type<string> = { type: 'Extension', name: 'datetime' }
const setOf = (element: Type<string>): Type<string> => ({ type: 'Set', element })
const record = (attributes: Attributes): Type<string> => ({ type: 'Record', attributes })
const optional = (type: Type<string>): TypeOfAttribute<string> => ({ ...type, required: false })

/** An action that policies may name; `schema`: of its arguments, where its catalogue has one. */
export interface SchemaAction {
  readonly name: string
  readonly schema: JsonObject | undefined
}

/** Stands for every action that no head names. */
export const ANY_ACTION = 'countersign:any'

export interface DraftSchema {
  readonly schema: SchemaJson<string>
  /** Names of arguments whose type nobody states: what is found about them is no fault. */
  readonly guessed: ReadonlySet<string>
}

/** `input`: what the policies mention of the arguments. */
export function schemaFor(
  actions: readonly SchemaAction[],
  input: Mention | undefined,
  facts: readonly Fact[],
): DraftSchema {
  const guessed = new Set<string>()
  const rows = actions.map(({ name, schema }) => {
    const context = record(contextOf(inputType(schema, input, guessed), facts))
    return [name, { appliesTo: { principalTypes: ['Agent'], resourceTypes: ['Resource', 'Setting'], context } }]
  })
  return { schema: { '': { entityTypes: ENTITIES, actions: Object.fromEntries(rows) } }, guessed }
}

const PLACE = {
  memberOfTypes: ['Executor'],
  shape: { type: 'Record', attributes: { id: TEXT, executor: TEXT } },
} as const

const ENTITIES: SchemaJson<string>[string]['entityTypes'] = {
  Group: {},
  Executor: {},
  Agent: {
    memberOfTypes: ['Group'],
    shape: {
      type: 'Record',
      attributes: {
        id: TEXT,
        groups: setOf(TEXT),
        executors: setOf({ type: 'Entity', name: 'Executor' }),
        owner: optional(TEXT),
      },
    },
    tags: TEXT,
  },
  Resource: { ...PLACE, memberOfTypes: ['Executor'] },
  Setting: { ...PLACE, memberOfTypes: ['Executor'] },
}

const SIGNALS = record({
  ...Object.fromEntries(Object.keys(FLAGS).map((flag) => [flag, TRUTH])),
  count: WHOLE,
  payment_amount: WHOLE,
  payment_currency: TEXT,
  payment_recipient: TEXT,
})

const contextOf = (input: Type<string>, facts: readonly Fact[]): Attributes => ({
  input,
  principal: TEXT,
  actors: setOf({ type: 'Entity', name: 'Agent' }),
  depth: WHOLE,
  effect: TEXT,
  reversible: TRUTH,
  state: TRUTH,
  people: WHOLE,
  preview: optional(record({ summary: TEXT, changes: WHOLE, labels: setOf(TEXT) })),
  session: optional(record({ purpose: TEXT, opened_by: TEXT, ends: INSTANT, minutes_left: WHOLE })),
  history: record(Object.fromEntries(facts.map(({ name, measure }) => [name, measure === 'last' ? TRUTH : WHOLE]))),
  time: record({ now: INSTANT, epoch: WHOLE, hour: WHOLE, weekday: WHOLE }),
  system: record({ now: INSTANT }),
  signals: SIGNALS,
})

/** Of the arguments: those that are stated, and those that policies mention. A name that a closed schema lacks is a fault. */
function inputType(schema: JsonValue | undefined, mention: Mention | undefined, guessed: Set<string>): Type<string> {
  const known = objectOf(schema)
  const properties = objectOf(known['properties'])
  const required = Array.isArray(known['required']) ? known['required'] : []
  const attributes: Attributes = {}
  for (const name of new Set([...Object.keys(properties), ...(mention?.members.keys() ?? [])])) {
    const below = mention?.members.get(name) ?? noMention()
    const isStated = Object.hasOwn(properties, name)
    if (!isStated && known['additionalProperties'] === false) continue
    const stated = isStated ? typeOf(properties[name], below, guessed) : undefined
    const type = stated ?? guess(name, below, guessed)
    attributes[name] = { ...type, required: stated !== undefined && required.includes(name) }
  }
  return record(attributes)
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

const TYPES: Readonly<Record<string, Type<string>>> = { string: TEXT, integer: WHOLE, boolean: TRUTH }

/** Undefined where the schema does not state one type, or one that Cedar holds in two ways. */
function typeOf(schema: JsonValue | undefined, mention: Mention, guessed: Set<string>): Type<string> | undefined {
  const { type, items } = objectOf(schema)
  if (typeof type !== 'string') return undefined
  if (type === 'object') return inputType(schema, mention, guessed)
  if (type === 'array') {
    const element = typeOf(items, mention, guessed)
    return element && setOf(element)
  }
  return type === 'integer' && mention.decimal ? undefined : TYPES[type]
}

function guess(name: string, mention: Mention, guessed: Set<string>): Type<string> {
  guessed.add(name)
  if (mention.members.size === 0) return TEXT
  const members = [...mention.members].map(([member, below]) => [member, optional(guess(member, below, guessed))])
  return record(Object.fromEntries(members))
}

export const inputOf = (mention: Mention): Mention | undefined => memberOf(mention, 'input')
