/** Entries: canonical, bounded, hashed as RFC 6962 has it; and payloads, named by a digest that reveals nothing. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ENTRY_TYPES, prepareEntry } from '../../src/domain/ledger/entry.ts'
import { preparePayload, resourceDigest } from '../../src/domain/ledger/payload.ts'
import { leafDigest, receiptFor } from '../../src/domain/ledger/receipt.ts'
import { NOW, REQUEST } from '../domain/approval/sample.ts'

const TRACE = '000102030405060708090a0b0c0d0e0f'
const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

describe('an entry', () => {
  it('is canonical JSON, with its type, instant and trace', async () => {
    const entry = await prepareEntry('request.created', NOW, TRACE, { request: REQUEST, agent: 'a', preview: null })
    expect(entry.body).toBe(
      `{"agent":"a","at":${NOW},"preview":null,"request":"${REQUEST}","trace":"${TRACE}","type":"request.created","v":1}`,
    )
  })

  it('leaves out what is not known, and does not depend on the order of its members', async () => {
    const one = await prepareEntry('token.revoked', NOW, TRACE, { agent: 'a', jti: 'j', door: undefined })
    const two = await prepareEntry('token.revoked', NOW, TRACE, { jti: 'j', agent: 'a' })
    expect(one).toEqual(two)
    expect(one.body).not.toContain('door')
  })

  it('hashes as RFC 6962 has it: SHA-256 of 0x00 and the bytes', async () => {
    const { body, leaf } = await prepareEntry('key.rotated', NOW, TRACE, { key: 'Grüße 👋' })
    expect(Buffer.from(leaf)).toEqual(sha256(new Uint8Array([0]), body))
    expect(leafDigest(leaf)).toBe(`sha-256:${Buffer.from(leaf).toString('base64url')}`)
  })

  it('has the one hash that anybody else computes for the same facts', async () => {
    const { leaf } = await prepareEntry('outcome.reported', 1_800_000_000, TRACE, { jti: 'j', outcome: 'succeeded' })
    const text = `{"at":1800000000,"jti":"j","outcome":"succeeded","trace":"${TRACE}","type":"outcome.reported","v":1}`
    expect(Buffer.from(leaf).toString('hex')).toBe(sha256(new Uint8Array([0]), text).toString('hex'))
  })

  it('is at most 8 KiB, counted in bytes', async () => {
    const { body } = await prepareEntry('key.rotated', NOW, TRACE, { key: '' })
    const room = 8192 - Buffer.byteLength(body)
    await expect(prepareEntry('key.rotated', NOW, TRACE, { key: 'x'.repeat(room) })).resolves.toBeDefined()
    await expect(prepareEntry('key.rotated', NOW, TRACE, { key: 'x'.repeat(room + 1) })).rejects.toThrow('8 KiB')
    await expect(prepareEntry('key.rotated', NOW, TRACE, { key: 'ü'.repeat(room - 10) })).rejects.toThrow(TypeError)
  })

  it('is of one of the types the design names', () => {
    expect(new Set(ENTRY_TYPES).size).toBe(ENTRY_TYPES.length)
    expect(ENTRY_TYPES.every((type) => /^[a-z]+\.[a-z]+$/.test(type))).toBe(true)
  })

  it('yields a receipt only for what the database says it holds', async () => {
    const entry = await prepareEntry('token.issued', NOW, TRACE, { jti: 'j' })
    const other = await prepareEntry('token.issued', NOW, TRACE, { jti: 'k' })
    expect(receiptFor(entry, entry.leaf)).toEqual({ leaf: leafDigest(entry.leaf) })
    expect(() => receiptFor(entry, other.leaf)).toThrow('another token.issued entry')
    expect(() => receiptFor(entry, new Uint8Array())).toThrow()
  })
})

describe('a payload', () => {
  it('is named by the digest of what it says, its kind and its salt', async () => {
    const payload = await preparePayload('request', 'reason', 'Because', REQUEST)
    const text = `{"content":"Because","kind":"reason","salt":"${REQUEST}","typ":"countersign/payload/v1"}`
    expect(payload).toEqual({
      subject: 'request',
      kind: 'reason',
      content: text,
      digest: `sha-256:${sha256(text).toString('base64url')}`,
    })
  })

  it('has another name with another salt, kind or content', async () => {
    const names = await Promise.all([
      preparePayload('s', 'reason', 'Because', REQUEST),
      preparePayload('s', 'reason', 'Because', 'B'.repeat(22)),
      preparePayload('s', 'denial', 'Because', REQUEST),
      preparePayload('s', 'reason', 'because', REQUEST),
    ])
    expect(new Set(names.map(({ digest }) => digest)).size).toBe(4)
  })

  it('hides a resource, which few could guess and none compare across actions', async () => {
    const [one, two] = await Promise.all([
      resourceDigest('forum:eng', REQUEST),
      resourceDigest('forum:eng', 'B'.repeat(22)),
    ])
    expect(one).not.toBe(two)
    expect(one).toBe(
      `sha-256:${sha256(`{"resource":"forum:eng","salt":"${REQUEST}","typ":"countersign/resource/v1"}`).toString('base64url')}`,
    )
  })
})
