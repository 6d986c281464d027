/** A long body is parsed and compared with its schema in two turns of the event loop, a short one in one. */
import { afterEach, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { readJsonBody } from '../../src/http/call/body.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it.each([
  ['long', 200_000, ['others', 'compared']],
  ['short', 20, ['compared', 'others']],
])('lets others go first between the two: %s', async (_, length, order) => {
  const seen: string[] = []
  const parse = JSON.parse
  vi.spyOn(JSON, 'parse').mockImplementationOnce((text) => {
    setImmediate(() => seen.push('others'))
    return parse(text)
  })
  const body = z.string().refine(() => seen.push('compared') > 0)
  const request = new Request('http://localhost/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify('a'.repeat(length)),
  })
  expect(await readJsonBody(request, { body, large: true })).toMatchObject({ ok: true })
  await vi.waitUntil(() => seen.includes('others'))
  expect(seen).toEqual(order)
})
