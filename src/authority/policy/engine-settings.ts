/**
 * The settings of an outside policy engine, as one value: COUNTERSIGN_POLICY_*. A hint never repeats a value, which may
 * be a secret. SPEC 11.2.
 */

import type { JsonObject, JsonValue } from '@countersign/verifier'
import { ApprovalError, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import * as z from 'zod'
import type { Dialect } from '../../domain/policy/outside/engine-answer.ts'
import { type Pointer, parsePointer } from '../../domain/policy/outside/json-pointer.ts'
import { faultOfTemplate } from '../../domain/policy/outside/request-template.ts'

export interface EngineSettings {
  readonly dialect: Dialect
  readonly url: string
  readonly credential: string | null
  readonly timeoutMs: number
  /** The template of the question. */
  readonly request: JsonObject
  readonly terms: Pointer | null
  readonly version: Pointer | null
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** A decision that travels in the open could be turned from no to yes on its way. */
function isEngineUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.username !== '' || url.password !== '' || url.hash !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname))
}

const jsonText = (fault: (value: JsonValue | undefined) => string | undefined) =>
  z
    .string()
    .max(16_384)
    .transform((text, context): JsonObject => {
      const value = jsonOf(text)
      const wrong = isJsonObject(value) ? fault(value) : 'must be a JSON object'
      if (isJsonObject(value) && wrong === undefined) return value
      context.addIssue(wrong ?? 'must be a JSON object')
      return z.NEVER
    })

function jsonOf(text: string): JsonValue | undefined {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof ApprovalError) return undefined
    throw error
  }
}

const pointer = z.string().transform((text, context): Pointer => {
  const parsed = parsePointer(text)
  if (parsed !== undefined) return parsed
  context.addIssue('must be a JSON pointer (RFC 6901), such as /context/terms; * stands for every element and member')
  return z.NEVER
})

const orNull = <T>(form: z.ZodType<T>) => form.nullable().default(null)

/** By member of the schema in `config.ts`. */
export const engineShape = {
  policyEngine: z.enum(['local', 'authzen', 'opa']).default('local'),
  policyUrl: orNull(
    z
      .string()
      .refine(isEngineUrl, 'must be the URL that decides, https, or http on localhost, without user or fragment'),
  ),
  policyCredential: orNull(z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 visible ASCII characters')),
  policyRequest: orNull(jsonText((value) => (value === undefined ? undefined : faultOfTemplate(value)))),
  policyContext: orNull(jsonText(() => undefined)),
  policyTerms: orNull(pointer),
  policyVersion: orNull(pointer),
}

type Given = { readonly [Member in keyof typeof engineShape]: z.output<(typeof engineShape)[Member]> } & {
  readonly policyTimeoutMs: number
}

/** Null: the local policy decides. A string says what is wrong with the settings together. */
export function engineOf(given: Given): EngineSettings | null | string {
  const { policyEngine: dialect, policyUrl: url, policyContext, policyRequest } = given
  if (dialect === 'local') return hasStray(given) ? STRAY : null
  if (url === null) return NO_URL
  return {
    dialect,
    url,
    credential: given.policyCredential,
    timeoutMs: given.policyTimeoutMs,
    request: withContext(policyRequest ?? DEFAULT_REQUESTS[dialect], policyContext),
    terms: given.policyTerms,
    version: given.policyVersion,
  }
}

const NO_URL = 'COUNTERSIGN_POLICY_URL: set it, since COUNTERSIGN_POLICY_ENGINE names an engine'
const STRAY = 'COUNTERSIGN_POLICY_ENGINE: set it to authzen or opa, since settings of an engine are there'

const hasStray = ({ policyUrl, policyCredential, policyRequest, policyContext, policyTerms, policyVersion }: Given) =>
  [policyUrl, policyCredential, policyRequest, policyContext, policyTerms, policyVersion].some((one) => one !== null)

function withContext(request: JsonObject, context: JsonObject | null): JsonObject {
  if (context === null) return request
  const own = request['context']
  return { ...request, context: { ...(isJsonObject(own) ? own : {}), ...context } }
}

const SURROUNDINGS = {
  principal: '$/principal',
  preview: '$/preview',
  state: '$/state',
  time: '$/time',
} as const

const DEFAULT_REQUESTS: Readonly<Record<Dialect, JsonObject>> = {
  authzen: {
    subject: { type: 'agent', id: '$/agent/id', properties: '$/agent' },
    action: { name: '$/action/name', properties: '$/arguments' },
    resource: { type: 'executor', id: '$/resource', properties: { audience: '$/executor/audience' } },
    context: { ...SURROUNDINGS, effect: '$/action/effect', reversible: '$/action/reversible' },
  },
  opa: {
    agent: '$/agent',
    executor: '$/executor',
    action: '$/action',
    resource: '$/resource',
    arguments: '$/arguments',
    ...SURROUNDINGS,
  },
}
