/** The status list: bits in the order the draft says, and places that nobody gets twice. */
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createStatusPlaces,
  LIST_LIFE_SECONDS,
  LIST_SIZE,
  placeOf,
  statusListClaims,
  statusUri,
} from '../../src/domain/stop/status-list-claims.ts'
import { ISSUER, NOW } from '../domain/approval/sample.ts'

async function bytesOf(revoked: readonly number[]): Promise<Uint8Array> {
  const { status_list: list } = await statusListClaims(ISSUER, 0, revoked, NOW)
  return inflateSync(Buffer.from((list as { lst: string }).lst, 'base64url'))
}

describe('a status list', () => {
  it('names itself, lives a minute, and holds one bit a token', async () => {
    const claims = await statusListClaims(ISSUER, 3, [], NOW)
    const uri = `${ISSUER}/status/3`
    expect(statusUri(ISSUER, 3)).toBe(uri)
    expect(claims).toMatchObject({
      iss: ISSUER,
      sub: uri,
      iat: NOW,
      exp: NOW + LIST_LIFE_SECONDS,
      status_list: { bits: 1 },
    })
    expect(LIST_LIFE_SECONDS).toBeLessThanOrEqual(60)
    const bytes = await bytesOf([])
    expect(bytes.length).toBe(LIST_SIZE / 8)
    expect(bytes.every((byte) => byte === 0)).toBe(true)
  })

  it('counts bits from the least significant one, as the draft’s own example does', async () => {
    // draft-ietf-oauth-status-list section 4.1: 1001110101000101 0xB9 0xA3
    const bytes = await bytesOf([0, 3, 4, 5, 7, 8, 9, 13, 15])
    expect([...bytes.subarray(0, 3)]).toEqual([0xb9, 0xa3, 0])
  })

  it.each([
    [0, 0, 1],
    [7, 0, 0x80],
    [8, 1, 1],
    [LIST_SIZE - 1, LIST_SIZE / 8 - 1, 0x80],
  ])('puts index %i into byte %i as %i', async (index, at, value) => {
    const bytes = await bytesOf([index])
    expect(bytes[at]).toBe(value)
    expect(bytes.reduce((sum, byte) => sum + (byte ? 1 : 0), 0)).toBe(1)
  })

  it('says of every index whether it is revoked, and nothing else', async () => {
    const indexes = fc.uniqueArray(fc.integer({ min: 0, max: LIST_SIZE - 1 }), { maxLength: 50 })
    await fc.assert(
      fc.asyncProperty(indexes, async (revoked) => {
        const bytes = await bytesOf(revoked)
        const set = Array.from({ length: LIST_SIZE }, (_, i) => i).filter((i) => ((bytes[i >> 3] ?? 0) >> (i & 7)) & 1)
        expect(set).toEqual([...revoked].sort((a, b) => a - b))
      }),
      { numRuns: 10 },
    )
  })
})

describe('places', () => {
  const reservations = () => {
    let next = 0
    const reserved: number[] = []
    const reserve = async (count: number) => {
      const first = next
      next += count
      reserved.push(count)
      return first
    }
    return { reserve, reserved }
  }
  const random = (count: number) => crypto.getRandomValues(new Uint8Array(count))

  it('lie in lists of one size', () => {
    expect(placeOf(0)).toEqual({ list: 0, index: 0 })
    expect(placeOf(LIST_SIZE - 1)).toEqual({ list: 0, index: LIST_SIZE - 1 })
    expect(placeOf(LIST_SIZE)).toEqual({ list: 1, index: 0 })
  })

  it('are given out once each, to however many ask at once, from few reservations', async () => {
    const { reserve, reserved } = reservations()
    const next = createStatusPlaces(reserve, random)
    const places = await Promise.all(Array.from({ length: 1000 }, next))
    expect(new Set(places.map(({ list, index }) => `${list}/${index}`)).size).toBe(1000)
    expect(reserved).toHaveLength(4)
  })

  it('are unique across processes, which share the reservations', async () => {
    const { reserve } = reservations()
    const both = [createStatusPlaces(reserve, random), createStatusPlaces(reserve, random)]
    const places = await Promise.all(Array.from({ length: 400 }, (_, at) => (both[at % 2] ?? both[0])?.()))
    expect(new Set(places.map((place) => place?.index)).size).toBe(400)
  })

  it('tell nobody when they were given out', async () => {
    const next = createStatusPlaces(reservations().reserve, random)
    const indexes = []
    for (let count = 0; count < 100; count++) indexes.push((await next()).index)
    expect(indexes).not.toEqual([...indexes].sort((a, b) => a - b))
    expect(indexes).not.toEqual([...indexes].sort((a, b) => b - a))
  })

  it('are asked for again after a reservation failed', async () => {
    let isAway = true
    const next = createStatusPlaces(async () => {
      if (isAway) throw new Error('away')
      return 0
    }, random)
    await expect(next()).rejects.toThrow('away')
    isAway = false
    await expect(next()).resolves.toMatchObject({ list: 0 })
  })
})
