/**
 * The OpenAPI 3.1 document, generated from the endpoint table and its schemas.
 *
 * The build makes it, since it takes the library a tenth of a second. The routes are made of the same table, so the two
 * cannot disagree.
 */
import { ERROR_STATUS, type ErrorCode } from '@countersign/verifier'
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameterObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { type Endpoint, HEADERS, TAGS } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { OAuthError, Problem } from './problem.ts'

const bearer = (holder: string) => ({
  type: 'http' as const,
  scheme: 'bearer',
  description: `Credential of ${holder}`,
})

const BODY_STATUSES = [413, 415, 422]

function refusals({ callers, method, refusals, body, form }: Endpoint): Map<number, Set<ErrorCode>> {
  const isOpen = callers === 'anyone'
  const always: ErrorCode[] = ['invalid_request', 'authority_unreachable']
  if (!isOpen || method !== 'GET') always.push('forbidden')
  if (!isOpen) always.push('unauthenticated')
  const byStatus = new Map<number, Set<ErrorCode>>()
  for (const code of [...always, ...refusals]) {
    byStatus.set(ERROR_STATUS[code], (byStatus.get(ERROR_STATUS[code]) ?? new Set()).add(code))
  }
  if (body ?? form) for (const status of BODY_STATUSES) byStatus.set(status, new Set(['invalid_request']))
  return byStatus
}

/** `409: request_denied, request_expired`. Endpoints that take a form answer as OAuth does, but for their own faults. */
function refusalResponses(endpoint: Endpoint): ZodOpenApiResponsesObject {
  const responses = [...refusals(endpoint)].map(([status, codes]) => {
    const isOAuth = endpoint.form !== undefined && status < 500
    const content = isOAuth
      ? { 'application/json': { schema: OAuthError } }
      : { 'application/problem+json': { schema: Problem } }
    return [`${status}`, { description: [...codes].join(', '), content }]
  })
  return Object.fromEntries(responses)
}

const schemesOf = ({ callers, session }: Endpoint): readonly string[] =>
  callers === 'anyone' ? [] : [...callers, ...(session ? ['session'] : [])]

function parametersOf({ path, headers = [] }: Endpoint): ZodOpenApiParameterObject[] {
  const schema = { type: 'string' as const }
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  return [
    ...names.map((name) => ({ name, in: 'path' as const, required: true, schema })),
    ...headers.map((name) => ({ name, in: 'header' as const, required: false, schema, ...HEADERS[name] })),
  ]
}

function requestBodyOf({ body, form }: Endpoint) {
  if (form)
    return { requestBody: { required: true, content: { 'application/x-www-form-urlencoded': { schema: form } } } }
  return body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}
}

function contentOf({ response, produces = [] }: Endpoint) {
  if (response) return { content: { 'application/json': { schema: response } } }
  const texts = produces.map((type) => [type, { schema: { type: 'string' as const } }])
  return texts.length > 0 ? { content: Object.fromEntries(texts) } : {}
}

function operation(id: string, endpoint: Endpoint): ZodOpenApiOperationObject {
  const { summary, description, tag, query, status } = endpoint
  const parameters = parametersOf(endpoint)
  return {
    operationId: id,
    summary,
    ...(description ? { description } : {}),
    tags: [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(query ? { requestParams: { query } } : {}),
    security: schemesOf(endpoint).map((scheme) => ({ [scheme]: [] })),
    ...requestBodyOf(endpoint),
    responses: {
      [`${status}`]: { description: summary, ...contentOf(endpoint) },
      ...refusalResponses(endpoint),
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

/** The same for every authority: `servers` is empty. */
export function openApiDocument(): object {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: '0.1.0',
      description:
        'Signed approval tokens: no token, no execution. An executor refuses a call without a token with 401. Where the call says Accept-Txn-Challenge: ?1, the refusal carries a challenge, to be relayed to /oauth/transaction.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [],
    tags: Object.entries(TAGS).map(([name, { subject }]) => ({ name, description: subject })),
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
