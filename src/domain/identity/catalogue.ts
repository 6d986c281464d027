/**
 * The catalogue of an executor, as a schema: the form of its entries, and what holds between them. A fault is named by
 * its JSON pointer in the catalogue. SPEC 10.8.
 */
import type { JsonObject } from '@countersign/verifier'
import * as z from 'zod'
import { plainJson } from '../action/plain-json.ts'
import { canLead } from '../catalogue/known-path.ts'
import { pathsOfPhrase, phraseFault } from '../catalogue/phrase.ts'
import { type Fault, patternSizeIn, schemaFault } from '../catalogue/schema.ts'
import { pathsOfUndo, type Undo, undoFault } from '../catalogue/undo.ts'
import { nameOf } from './identifiers.ts'
import type { CatalogueEntry as Entry } from './parties.ts'

const argumentPath = z.string().min(1).max(128)

const CatalogueArgument = z
  .strictObject({
    name: argumentPath.meta({ description: 'Its path: member names joined by dots', example: 'recipient.iban' }),
    label: nameOf(60).optional().meta({ description: 'Its name for people' }),
    key: z.boolean().optional().meta({ description: 'Shown first and large' }),
    sensitive: z.boolean().optional().meta({ description: 'Masked for auditors until they uncover it' }),
    language: z.enum(['text', 'sql', 'postgresql', 'shell']).optional().meta({
      description: 'What its text is read as for signals; by default its name and form tell',
    }),
    changeable: z.boolean().optional().meta({ description: 'Approvers may change it before they consent' }),
  })
  .meta({ id: 'CatalogueArgument', description: 'Holds for all that the argument contains' })

/** Any JSON object, kept as it is: `__proto__` is a member like others, which a schema of members would leave out. */
const jsonObject = <T>(description: string) =>
  z
    .unknown()
    .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value), 'not a JSON object')
    .meta({ type: 'object', description })
    .optional() as z.ZodType<T | undefined>

const PreviewEndpoint = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).max(1024),
    required: z.boolean().optional().meta({
      description:
        'Refuse requests that agents open themselves where no preview can be had; by default they go on without',
    }),
  })
  .meta({ id: 'PreviewEndpoint', description: 'Where the authority asks the executor for a preview it signs' })

export const CatalogueEntry = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z0-9._:/-]{1,128}$/),
    effect: z.enum(['read', 'write', 'destructive']).meta({
      description: 'Under the default policy a read asks nobody',
    }),
    reversible: z.boolean().optional().meta({ description: 'Whether it can be undone; omitted where that is unknown' }),
    title: z.string().max(200).optional().meta({
      description: 'A sentence for people; {member} stands for an argument',
      example: 'Publish a reply in {board}, thread {thread}',
    }),
    phrase: z.string().optional().meta({
      description:
        'The sentence in place of the title; a part in brackets is left out where an argument in it is not given',
      example: 'Send {subject} to {to}[, with a copy to {cc}]',
    }),
    description: z.string().min(1).max(2000).optional().meta({
      description: 'What it does, in the words of the server that a gateway stands in front of',
    }),
    definition: z.string().min(1).max(16_384).optional().meta({
      description: 'All else that this server says of it, as JSON in lines: for people, nothing is checked against it',
    }),
    pin: z
      .templateLiteral(['sha-256:', z.string().regex(/^[A-Za-z0-9_-]{43}$/)])
      .optional()
      .meta({
        description: 'Digest of all that this server says of it: the gateway runs nothing that is described otherwise',
      }),
    target: argumentPath.optional().meta({
      description:
        'Path of the argument that names what is acted upon; by default the resource. Typed by the approver of what is destroyed for good',
    }),
    arguments: z
      .array(CatalogueArgument)
      .max(32)
      .refine((listed) => new Set(listed.map(({ name }) => name)).size === listed.length, 'an argument stands once')
      .optional()
      .meta({ description: 'The arguments in the order in which people read them' }),
    schema: jsonObject<JsonObject>('JSON Schema of the arguments: requests that do not fit it are refused'),
    state: z.literal('required').optional().meta({
      description: 'Requests only by the executor’s own challenge, bound to the state that its preview shows',
    }),
    preview: PreviewEndpoint.optional(),
    undo: jsonObject<Undo>(
      'The inverse action: { name, resource?, arguments }, each source { call: path }, { outcome: path } or { value }',
    ),
  })
  .meta({ id: 'CatalogueEntry' })

const MAX_ENTRIES = 500

/** All patterns of a catalogue, so that one that is published keeps no process busy. */
const MAX_PATTERN_SIZE = 8192

export const Catalogue = z
  .array(CatalogueEntry)
  .max(MAX_ENTRIES)
  .superRefine((entries, context) => {
    const fault = catalogueFault(entries)
    if (fault) context.addIssue({ code: 'custom', path: [...fault.path], message: fault.words })
  })

/** The first fault, or null. */
function catalogueFault(entries: readonly Entry[]): Fault | null {
  const patterns = entries.reduce((sum, { schema = {} }) => sum + patternSizeIn(schema), 0)
  if (patterns > MAX_PATTERN_SIZE) return { path: [], words: 'the patterns of all schemas are too large in sum' }
  const names = entries.map(({ name }) => name)
  for (const [at, entry] of entries.entries()) {
    const fault = names.indexOf(entry.name) < at ? TWICE : entryFault(entry, entries)
    if (fault) return { ...fault, path: [at, ...fault.path] }
  }
  return null
}

const TWICE: Fault = { path: ['name'], words: 'an action of this name stands before it already' }

const within = (member: string, fault: Fault | null): Fault | null =>
  fault && { ...fault, path: [member, ...fault.path] }

function entryFault(entry: Entry, entries: readonly Entry[]): Fault | null {
  const { phrase, schema, undo } = entry
  const wording = phrase === undefined ? null : phraseFault(phrase)
  if (wording !== null) return { path: ['phrase'], words: wording }
  return (
    within('schema', schema === undefined ? null : schemaFault(schema)) ??
    within('undo', undo === undefined ? null : (undoFault(plainJson(undo)) ?? inverseFault(undo, entries))) ??
    unknownPath(entry)
  )
}

function inverseFault({ name, arguments: sources }: Undo, entries: readonly Entry[]): Fault | null {
  const inverse = entries.find((entry) => entry.name === name)
  if (!inverse) return { path: ['name'], words: 'the catalogue has no action of this name' }
  if (inverse.state === 'required' && inverse.preview === undefined)
    return { path: ['name'], words: 'this action demands a state, which only its executor can give' }
  const schema = inverse.schema ?? {}
  const unknown = Object.keys(sources).find((member) => !canLead(schema, member))
  return unknown === undefined ? null : { path: ['arguments', unknown], words: `${name} has no such argument` }
}

/** A path that leads to nothing which the schema has. */
function unknownPath({ schema, phrase = '', target, arguments: listed = [], undo }: Entry): Fault | null {
  if (schema === undefined) return null
  const paths: readonly (readonly [Fault['path'], string])[] = [
    ...pathsOfPhrase(phrase).map((path) => [['phrase'], path] as const),
    ...(target === undefined ? [] : [[['target'], target] as const]),
    ...listed.map(({ name }, at) => [['arguments', at, 'name'], name] as const),
    ...(undo === undefined ? [] : pathsOfUndo(undo).map((path) => [['undo'], path] as const)),
  ]
  const wrong = paths.find(([, path]) => !canLead(schema, path))
  return wrong ? { path: wrong[0], words: `the schema has no argument ${wrong[1]}` } : null
}
