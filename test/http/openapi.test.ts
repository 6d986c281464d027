/** The OpenAPI document: OpenAPI 3.1 in its structure, whole, and in step with what is served. */
import { parseAction, parsePreview } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { type EndpointId, endpoints } from '../../src/api/endpoints.ts'
import { openApiDocument } from '../../src/api/openapi.ts'
import { ENDPOINT_IDS, isOAuth } from './raw.ts'

interface Response {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly requestBody?: { readonly content: object }
  readonly responses: Readonly<Record<string, Response>>
}
interface Document {
  readonly openapi: string
  readonly info: { readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Record<string, object>; readonly securitySchemes: Record<string, object> }
}

const document = openApiDocument() as Document
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })),
)

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.info).toMatchObject({ title: 'Countersign', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) })
  })

  it.each(ENDPOINT_IDS)('has %s, under its method and path', (id) => {
    const { method, path, status } = endpoints[id]
    const operation = operations.find(({ operationId }) => operationId === id)
    expect(operation).toMatchObject({ method: method.toLowerCase(), path: path.replaceAll(/:(\w+)/g, '{$1}') })
    expect(Object.keys(operation?.responses ?? {})).toContain(String(status))
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true }))
    expect((operation?.parameters ?? []).filter((one) => one.in === 'path')).toMatchObject(inPath)
    expect(operation?.requestBody !== undefined).toBe('body' in endpoints[id] || 'form' in endpoints[id])
  })

  it('has nothing else', () => {
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([...ENDPOINT_IDS].sort())
  })

  it('names every refusal of the table, with its problem', () => {
    for (const { operationId, responses } of operations) {
      const said = Object.values(responses).map(({ description }) => description)
      for (const code of endpoints[operationId as keyof typeof endpoints].refusals) {
        expect({ operationId, code, said: said.some((text) => text.split(', ').includes(code)) }).toMatchObject({
          said: true,
        })
      }
      const refusals = Object.entries(responses).filter(([status]) => Number(status) >= 400)
      for (const [status, { content }] of refusals) {
        const isOAuthError = isOAuth(operationId as EndpointId) && Number(status) < 500
        const type = isOAuthError ? 'application/json' : 'application/problem+json'
        expect(Object.keys(content ?? {})).toEqual([type])
      }
    }
  })

  it('says 413, 415 and 422 of every call with a body, and of no other', () => {
    for (const { operationId, responses, requestBody } of operations) {
      const said = ['413', '415', '422'].filter((status) => status in responses)
      expect({ operationId, said }).toEqual({ operationId, said: requestBody ? ['413', '415', '422'] : [] })
    }
  })

  it('refers to nothing it does not hold', () => {
    const references = JSON.stringify(document).match(/"#\/components\/[^"]+"/g) ?? []
    expect(references.length).toBeGreaterThan(20)
    const held = Object.entries(document.components).flatMap(([kind, all]) =>
      Object.keys(all).map((name) => `"#/components/${kind}/${name}"`),
    )
    expect(references.filter((reference) => !held.includes(reference))).toEqual([])
    const schemes = operations.flatMap(({ security }) => security.flatMap((one) => Object.keys(one)))
    for (const scheme of schemes) expect(Object.keys(document.components.securitySchemes)).toContain(scheme)
  })

  it('closes every request to members it does not name', () => {
    const { OpenRequest, Redeem, Action } = document.components.schemas
    for (const schema of [OpenRequest, Redeem, Action]) expect(schema).toMatchObject({ additionalProperties: false })
  })
})

describe('what a client needs', () => {
  const operationOf = (id: EndpointId) => operations.find(({ operationId }) => operationId === id)
  const responseOf = (id: EndpointId) => operationOf(id)?.responses[String(endpoints[id].status)]

  it('says which header makes an executor send its challenge, and where to relay it', () => {
    for (const text of [document.info.description, operationOf('transaction')?.description]) {
      expect(text).toContain('Accept-Txn-Challenge: ?1')
    }
    expect(document.info.description).toContain(endpoints.transaction.path)
  })

  it('has both answers of the transaction endpoint', () => {
    const schema = {
      anyOf: ['TransactionOpened', 'TransactionToken'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
    }
    expect(responseOf('transaction')?.content?.['application/json']?.schema).toMatchObject(schema)
    expect(document.components.schemas).toMatchObject({
      TransactionOpened: { required: ['transaction_authorization_id', 'expires_in', 'interval', 'authorization_uri'] },
      TransactionToken: { required: ['access_token', 'token_type', 'expires_in', 'authorization_details'] },
    })
  })

  it.each([
    ['openRequest', ['Prefer', 'Idempotency-Key', 'DPoP', 'traceparent']],
    ['viewRequest', ['Prefer']],
    ['collectToken', ['Prefer', 'DPoP']],
    ['transaction', ['Prefer', 'DPoP']],
    ['inbox', ['Prefer', 'If-None-Match']],
    ['engageKillSwitch', ['Idempotency-Key']],
    ['administer', ['Approval-Token', 'DPoP']],
    ['executorEvents', ['Last-Event-ID']],
    ['tailEntries', ['Last-Event-ID']],
  ] as const)('names the headers of %s, each with a sentence', (id, names) => {
    const headers = (operationOf(id)?.parameters ?? []).filter((one) => one.in === 'header')
    expect(headers.map(({ name }) => name)).toEqual(names)
    for (const header of headers) {
      expect(header).toMatchObject({ required: false, description: expect.stringMatching(/.{20}/) })
    }
  })

  it('shows a proposal with a preview, which is accepted', () => {
    const { example } = document.components.schemas.OpenRequest as { example: Record<string, unknown> }
    expect(example).toHaveProperty('preview')
    const { action, preview } = endpoints.openRequest.body.parse(example)
    expect(parseAction(action)).toEqual(action)
    expect(parsePreview(preview)).toEqual(preview)
  })

  it('has a body for every answer, or none for an answer without one', () => {
    const without = ENDPOINT_IDS.filter((id) => responseOf(id)?.content === undefined)
    expect(without).toEqual(['signOut', 'acknowledgeBreakGlass', 'oauthRevoke'])
  })
})
