/** The answer where a path is unknown, or known with other methods alone: 404, or 405 with `Allow`. RFC 9110, 15.5.6; SPEC 12. */
import type { Context, Hono } from 'hono'
import type { Endpoint } from '../../api/endpoint.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { problemResponse } from './problem-response.ts'

const METHODS: readonly Endpoint['method'][] = ['GET', 'POST', 'DELETE']

const READING = ['GET', 'HEAD']

const NOTHING_HERE: Refusal = { code: 'not_found', message: 'There is nothing at this address. See /docs.' }

export function nothingHere(app: Hono, issuer: string, { req }: Context): Response {
  // A page for browsers alone is nothing to a program: what was just refused is not offered.
  const refused = READING.includes(req.method) ? READING : [req.method]
  const allowed = methodsAt(app, req.path).filter((method) => !refused.includes(method))
  if (allowed.length === 0) return problemResponse(issuer, NOTHING_HERE)
  const message = `This address takes ${allowed.join(' and ')} alone. See /docs.`
  const response = problemResponse(issuer, { code: 'invalid_request', message, status: 405 })
  response.headers.set('allow', allowed.join(', '))
  return response
}

/** HEAD goes with GET. A pattern with `*` only looks at calls that others answer. */
const methodsAt = ({ router }: Hono, path: string): readonly string[] =>
  METHODS.filter((method) =>
    router.match(method, path)[0].some(([[, route]]) => route.method === method && !route.path.includes('*')),
  ).flatMap((method) => (method === 'GET' ? READING : [method]))
