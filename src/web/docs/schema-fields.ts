/** A JSON Schema as a flat list of fields, for reading. Supports the keywords that the schemas in `api/` use. */

/** The one method of a zod schema that is used here, so that `web/` does not depend on the library. */
export interface SchemaSource {
  toJSONSchema(options: { readonly io: 'input' | 'output' }): unknown
}

export interface Field {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly description: string
  readonly depth: number
}

interface Schema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly description?: string
  readonly default?: unknown
  readonly minLength?: number
  readonly maxLength?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
}

const MAX_DEPTH = 4

/** Fields of an object schema, in their order. With `io: 'input'` members that have a default are optional. */
export function fieldsOf(source: SchemaSource, io: 'input' | 'output'): readonly Field[] {
  const schema = source.toJSONSchema({ io }) as Schema
  const definitions = schema.$defs ?? {}
  return walk(resolve(schema, definitions), definitions, 0)
}

const resolve = (schema: Schema, definitions: Readonly<Record<string, Schema>>): Schema =>
  schema.$ref === undefined
    ? schema
    : {
        ...definitions[schema.$ref.replace('#/$defs/', '')],
        ...(schema.description ? { description: schema.description } : {}),
      }

function walk(schema: Schema, definitions: Readonly<Record<string, Schema>>, depth: number): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const inner = resolve(member, definitions)
    const field = {
      name,
      type: typeOf(inner, definitions),
      required: schema.required?.includes(name) ?? false,
      description: [inner.description, limitsOf(inner)].filter(Boolean).join('. '),
      depth,
    }
    const below = resolve(inner.items ?? inner, definitions)
    return [field, ...(depth < MAX_DEPTH ? walk(below, definitions, depth + 1) : [])]
  })
}

function typeOf(schema: Schema, definitions: Readonly<Record<string, Schema>>): string {
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.anyOf) return schema.anyOf.map((option) => typeOf(resolve(option, definitions), definitions)).join(' | ')
  if (schema.items) return `list of ${typeOf(resolve(schema.items, definitions), definitions)}`
  return schema.type ?? 'any'
}

function limitsOf(schema: Schema): string {
  const { minLength, maxLength, maxItems, minimum, maximum } = schema
  const bounded = maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER
  return [
    bounded ? `${minimum ?? 0} to ${maximum}` : '',
    maxLength !== undefined ? `${minLength ? `${minLength} to` : 'at most'} ${maxLength} characters` : '',
    maxItems !== undefined ? `at most ${maxItems}` : '',
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ]
    .filter(Boolean)
    .join('; ')
}
