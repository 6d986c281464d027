/**
 * The OpenAPI 3.1 document, generated from the endpoint table and its schemas.
 *
 * In: the issuer. Out: a document. Written by nobody by hand, so it cannot disagree with what is served.
 */
import { ERROR_STATUS, type ErrorCode } from '@countersign/verifier'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { Problem } from './problem.ts'

const bearer = (who: string) => ({ type: 'http' as const, scheme: 'bearer', description: `Credential of ${who}` })

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

/** What a body may be wrong in, as HTTP has it. */
const BODY_STATUSES = ['413', '415', '422']

/** Refusals by status: `409: request_denied, request_expired`. */
function refusals(endpoint: Endpoint): Record<string, ReturnType<typeof problem>> {
  const isOpen = endpoint.callers === 'anyone'
  const always: ErrorCode[] = ['invalid_request', 'authority_unreachable']
  if (!isOpen || endpoint.method !== 'GET') always.push('forbidden')
  if (!isOpen) always.push('unauthenticated')
  const byStatus = new Map<string, Set<string>>()
  for (const code of [...always, ...endpoint.refusals]) {
    const status = String(ERROR_STATUS[code])
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code))
  }
  if (endpoint.body ?? endpoint.form)
    for (const status of BODY_STATUSES) byStatus.set(status, new Set(always.slice(0, 1)))
  return Object.fromEntries([...byStatus].map(([status, codes]) => [status, problem([...codes].join(', '))]))
}

const schemesOf = ({ callers, session }: Endpoint): readonly string[] =>
  callers === 'anyone' ? [] : [...callers, ...(session ? ['session'] : [])]

function operation(id: string, endpoint: Endpoint): ZodOpenApiOperationObject {
  const [schema, type] = endpoint.form
    ? [endpoint.form, 'application/x-www-form-urlencoded']
    : [endpoint.body, 'application/json']
  const names = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
  const parameters = names.map((name) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' as const },
  }))
  return {
    operationId: id,
    summary: endpoint.summary,
    tags: [endpoint.tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(endpoint.query ? { requestParams: { query: endpoint.query } } : {}),
    security: schemesOf(endpoint).map((scheme) => ({ [scheme]: [] })),
    ...(schema ? { requestBody: { required: true, content: { [type]: { schema } } } } : {}),
    responses: {
      [`${endpoint.status}`]: {
        description: endpoint.summary,
        ...(endpoint.response ? { content: { 'application/json': { schema: endpoint.response } } } : {}),
      },
      ...refusals(endpoint),
    },
  }
}

function paths(): ZodOpenApiPathsObject {
  const all: ZodOpenApiPathsObject = {}
  for (const [id, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}')
    all[path] = { ...all[path], [endpoint.method.toLowerCase()]: operation(id, endpoint) }
  }
  return all
}

export function openApiDocument(issuer: string): object {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '0.1.0',
      description: 'Signed approval tokens: no token, no execution',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer }],
    paths: paths(),
    components: {
      securitySchemes: {
        agent: bearer('an agent'),
        executor: bearer('an executor'),
        operator: bearer('an operator'),
        auditor: bearer('an auditor'),
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'countersign',
          description: 'An approver’s session, after signing in with a passkey',
        },
      },
    },
  })
}
