/**
 * SCIM 2.0 over HTTP: its own media type, errors and methods, so its own table. Every call needs the credential of a
 * directory; refused ones are facts of the ledger. SPEC 10.10; RFC 7644.
 */

import type { JsonObject } from '@countersign/verifier'
import type { Context, Hono } from 'hono'
import * as z from 'zod'
import type { Services } from '../../authority/compose.ts'
import type { Directory } from '../../domain/identity/directories.ts'
import { explainIssue, ok, type Refusal, type Result, refuse } from '../../domain/refusal.ts'
import type { ResourceType } from '../../domain/scim/attributes.ts'
import { checkedBody, unlessFault } from '../../domain/scim/bounds.ts'
import { providerConfig, RESOURCE_TYPES, resourceTypeView, schemaView } from '../../domain/scim/self-description.ts'
import { listView, SCIM_PATH } from '../../domain/scim/views.ts'
import { createAtOnce } from '../answer/at-once.ts'
import { readAnyJson } from '../call/body.ts'
import { bearerOf, tooMany } from '../call/caller.ts'
import { scimAnswer, scimRefusal } from './scim-answer.ts'

interface Call {
  readonly context: Context
  readonly directory: Directory
}

type Handler = (call: Call) => Promise<Result<Response>>

/** Of one directory. */
const MAX_AT_ONCE = 32

const TOO_MANY_AT_ONCE: Refusal = {
  code: 'rate_limited',
  message: 'Too many calls of this directory are under way. Wait for their answers.',
  retryAfterSeconds: 1,
}

export const isScim = (path: string): boolean => path.startsWith(`${SCIM_PATH}/`)

export function serveScim(app: Hono, services: Services): void {
  const { provisioning, config } = services
  const atOnce = createAtOnce(MAX_AT_ONCE)

  const answered = (handler: Handler) => async (context: Context) => {
    const directory = await provisioning.directoryOf(bearerOf(context) ?? '')
    if (!directory) return scimRefusal(UNKNOWN)
    const waitSeconds = await services.admitDirectory(directory.name)
    if (waitSeconds !== null) return scimRefusal(tooMany(waitSeconds).refusal)
    const left = atOnce.enter(directory.name)
    if (!left) return scimRefusal(TOO_MANY_AT_ONCE)
    try {
      const result = await handler({ context, directory })
      if (result.ok) return result.value
      await provisioning.recordRefusal(directory, result.refusal)
      return scimRefusal(result.refusal)
    } finally {
      left()
    }
  }

  for (const type of RESOURCE_TYPES) serveResources(app, services, type, answered)
  const documents: Readonly<Record<string, (context: Context) => JsonObject | undefined>> = {
    '/ServiceProviderConfig': () => providerConfig(config.origin),
    '/ResourceTypes': () => listOf(RESOURCE_TYPES.map((type) => resourceTypeView(config.origin, type))),
    '/ResourceTypes/:name': (context) => one(context, ({ name }) => name, resourceTypeView),
    '/Schemas': () => listOf(RESOURCE_TYPES.map((type) => schemaView(config.origin, type))),
    '/Schemas/:name': (context) => one(context, ({ schema }) => schema, schemaView),
  }
  function one(
    context: Context,
    nameOf: (type: ResourceType) => string,
    view: (origin: string, type: ResourceType) => JsonObject,
  ): JsonObject | undefined {
    const type = RESOURCE_TYPES.find((known) => nameOf(known) === context.req.param('name'))
    return type && view(config.origin, type)
  }
  for (const [path, document] of Object.entries(documents)) {
    const serve: Handler = async ({ context }) => {
      const body = document(context)
      return body ? ok(scimAnswer(body, 200)) : NOTHING_HERE
    }
    app.get(`${SCIM_PATH}${path}`, answered(serve))
  }
  app.all(
    `${SCIM_PATH}/*`,
    answered(async () => NOTHING_HERE),
  )
}

const listOf = (views: readonly JsonObject[]): JsonObject => listView(views, views.length, 1)

const UNKNOWN: Refusal = {
  code: 'unauthenticated',
  message:
    'Send the credential of a directory as Authorization: Bearer. This one is missing, unknown, revoked or expired.',
}

const NOTHING_HERE = refuse('not_found', 'There is nothing at this address, or not with this method.')

type Answered = (handler: Handler) => (context: Context) => Promise<Response>

function serveResources(app: Hono, { provisioning }: Services, type: ResourceType, answered: Answered): void {
  const path = `${SCIM_PATH}/${type.name}s`
  const on = (method: string, at: string, handler: Handler) => app.on(method, at, answered(handler))

  on('GET', path, async ({ context, directory }) => {
    const query = queryOf(context)
    if (!query.ok) return query
    return respond(await provisioning.list(directory, type, query.value), (list) => scimAnswer(list, 200))
  })
  on('POST', path, async ({ context, directory }) => {
    const body = await readBody(context)
    if (!body.ok) return body
    return respond(await provisioning.create(directory, type, body.value), ({ view, version }) =>
      scimAnswer(view, 201, { etag: version, location: locationOf(view) }),
    )
  })
  on('GET', `${path}/:id`, async ({ context, directory }) =>
    respond(await provisioning.read(directory, type, idOf(context)), ({ view, version }) => {
      const isKnown = context.req.header('if-none-match') === version
      return isKnown ? scimAnswer(null, 304, { etag: version }) : scimAnswer(view, 200, { etag: version })
    }),
  )
  on('PUT', `${path}/:id`, async ({ context, directory }) => {
    const body = await readBody(context)
    if (!body.ok) return body
    return respond(await provisioning.replace(directory, editedOf(type, context), body.value), shown)
  })
  on('PATCH', `${path}/:id`, async ({ context, directory }) => {
    const body = await readBody(context)
    if (!body.ok) return body
    const patch = PatchOp.safeParse(body.value)
    if (!patch.success) return refuse('invalid_request', explainIssue(patch.error.issues[0], 'body'), SYNTAX)
    return respond(await provisioning.patch(directory, editedOf(type, context), patch.data.Operations), shown)
  })
  on('DELETE', `${path}/:id`, async ({ context, directory }) =>
    respond(await provisioning.delete(directory, editedOf(type, context)), () => scimAnswer(null, 204)),
  )
}

const respond = <T>(result: Result<T>, answer: (value: T) => Response): Result<Response> =>
  result.ok ? ok(answer(result.value)) : result

const shown = ({ view, version }: { readonly view: JsonObject; readonly version: string }): Response =>
  scimAnswer(view, 200, { etag: version })

const MEDIA_TYPES = ['application/scim+json', 'application/json']

const SYNTAX = { status: 400, scimType: 'invalidSyntax' } as const

/** A body that is no JSON is one of the wrong syntax. */
async function readBody(context: Context): Promise<Result<unknown>> {
  const body = await readAnyJson(context.req.raw, MEDIA_TYPES)
  if (body.ok) return unlessFault(() => checkedBody(body.value))
  const { refusal } = body
  return refusal.status === 400 ? refuse('invalid_request', refusal.message, SYNTAX) : body
}

const locationOf = ({ meta }: JsonObject): string =>
  typeof meta === 'object' && meta !== null && 'location' in meta ? String(meta.location) : ''

const idOf = (context: Context): string => context.req.param('id') ?? ''

const editedOf = (type: ResourceType, context: Context) => ({
  type,
  id: idOf(context),
  version: context.req.header('if-match') ?? null,
})

const MAX_OPERATIONS = 200

const PatchOp = z.object({
  Operations: z
    .array(
      z.object({
        op: z.string().max(20),
        path: z.string().max(1024).optional(),
        // The body is JSON already.
        value: z.custom<JsonObject[string]>().optional(),
      }),
    )
    .min(1)
    .max(MAX_OPERATIONS),
})

const number = z
  .string()
  .regex(/^-?\d{1,9}$/, 'a whole number')
  .transform(Number)
  .optional()

const Query = z.object({
  filter: z.string().min(1).optional(),
  startIndex: number,
  count: number,
  attributes: z.string().max(1024).optional(),
  excludedAttributes: z.string().max(1024).optional(),
})

const DEFAULT_PAGE = 100

function queryOf(context: Context) {
  const query = Query.safeParse(context.req.query())
  if (!query.success) {
    const message = explainIssue(query.error.issues[0], 'query')
    return refuse('invalid_request', message, { status: 400, scimType: 'invalidValue' })
  }
  const { filter = null, startIndex = 1, count = DEFAULT_PAGE, attributes = null, excludedAttributes } = query.data
  return ok({ filter, startIndex, count, attributes, excluded: excludedAttributes ?? null })
}
