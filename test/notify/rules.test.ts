/** The pure parts: who rings when, quiet hours, back-off, targets, and the test's own decryption. */
import { describe, expect, it } from 'vitest'
import { quietUntil } from '../../src/domain/notify/quiet-hours.ts'
import { MAX_ATTEMPTS, secondsToRetry } from '../../src/domain/notify/retry.ts'
import { HOUR_SECONDS, type Ring, type RingTrigger, ringFor } from '../../src/domain/notify/ring.ts'
import { isPublicAddress, refusedTarget } from '../../src/domain/notify/target.ts'
import { decryptPush } from './receivers.ts'

const NOW = 1_800_000_000
const RULES = { limit: 6, foldSeconds: 60 }
let ids = 0
const newId = () => `ring-${++ids}`
const call = (at: number, subject: string, fold = 'post'): RingTrigger => ({
  kind: 'request.waiting',
  recipient: 'ada',
  agent: 'helpdesk',
  fold,
  subject,
  notBefore: at,
})

/** Plays calls second by second; what is due rings, as the planner does it. */
function play(calls: readonly (readonly [second: number, subject: string, fold?: string])[], until: number): Ring[] {
  const rings = new Map<string, Ring>()
  for (let second = 0; second <= until; second++) {
    for (const [at, subject, fold] of calls) {
      if (at !== second) continue
      const ring = ringFor(call(NOW + second, subject, fold), [...rings.values()], RULES, newId)
      rings.set(ring.id, ring)
    }
    for (const ring of rings.values()) {
      if (ring.state === 'held' && ring.dueAt <= NOW + second) rings.set(ring.id, { ...ring, state: 'rung' })
    }
  }
  return [...rings.values()].filter(({ state }) => state === 'rung')
}

describe('rings', () => {
  it('rings at once, then gathers what is alike for a minute', () => {
    const rings = play(
      [
        [0, 'a'],
        [5, 'b'],
        [20, 'c'],
        [59, 'd'],
        [61, 'e'],
      ],
      200,
    )
    expect(rings.map(({ dueAt, subjects }) => [dueAt - NOW, subjects])).toEqual([
      [0, ['a']],
      [60, ['b', 'c', 'd']],
      [120, ['e']],
    ])
  })

  it('does not gather what is not alike', () => {
    const rings = play(
      [
        [0, 'a', 'post'],
        [1, 'b', 'delete'],
      ],
      10,
    )
    expect(rings.map(({ subjects }) => subjects)).toEqual([['a'], ['b']])
  })

  it('lets no hour have more rings of one agent than the limit, and loses no subject', () => {
    const flood = Array.from({ length: 400 }, (_, n) => [n * 20, `s${n}`, `fold-${n % 7}`] as const)
    const rings = play(flood, 4 * HOUR_SECONDS)
    const times = rings.map(({ dueAt }) => dueAt).sort((a, b) => a - b)
    for (const [n, at] of times.entries()) {
      const next = times[n + RULES.limit]
      if (next !== undefined) expect(next - at).toBeGreaterThanOrEqual(HOUR_SECONDS)
    }
    expect(new Set(rings.flatMap(({ subjects }) => subjects)).size).toBe(400)
  })

  it('is held up by none that rang nobody', () => {
    const { subject, notBefore, ...who } = call(NOW, 'a')
    const dropped: Ring = { ...who, id: 'r', subjects: [subject], dueAt: notBefore, state: 'dropped' }
    expect(ringFor(call(NOW + 1, 'b'), [dropped], { ...RULES, limit: 1 }, newId).dueAt).toBe(NOW + 1)
  })
})

describe('quiet hours', () => {
  const at = (text: string) => Date.parse(text) / 1000
  const night = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' }

  it.each([
    ['2026-01-10T20:59:30Z', '2026-01-10T20:59:30Z'],
    ['2026-01-10T21:00:00Z', '2026-01-11T06:00:00Z'],
    ['2026-01-11T05:59:59Z', '2026-01-11T06:00:00Z'],
    ['2026-01-11T06:00:00Z', '2026-01-11T06:00:00Z'],
    ['2026-07-10T20:30:00Z', '2026-07-11T05:00:00Z'],
  ])('over midnight, in the person’s own zone: %s', (now, until) => {
    expect(quietUntil(night, at(now))).toBe(at(until))
  })

  it('within a day, and never', () => {
    const noon = { from: 12 * 60, to: 13 * 60, zone: 'UTC' }
    expect(quietUntil(noon, at('2026-01-10T12:30:00Z'))).toBe(at('2026-01-10T13:00:00Z'))
    expect(quietUntil(noon, at('2026-01-10T13:30:00Z'))).toBe(at('2026-01-10T13:30:00Z'))
    expect(quietUntil(null, NOW)).toBe(NOW)
    expect(quietUntil({ ...noon, to: noon.from }, at('2026-01-10T12:00:00Z'))).toBe(at('2026-01-10T12:00:00Z'))
  })
})

describe('back-off', () => {
  it('grows, spreads, heeds the receiver, and ends', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, n) => secondsToRetry(n + 1, 1) ?? 0)
    expect(waits).toEqual([5, 20, 80, 320, 1280, 5120, 20480])
    expect(secondsToRetry(3, 0)).toBe(40)
    expect(secondsToRetry(1, 0, 90)).toBe(90)
    expect(secondsToRetry(MAX_ATTEMPTS, 0)).toBeNull()
  })
})

describe('targets', () => {
  it.each([
    'http://example.com/',
    'https://user:pass@example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a00:1]/',
    'https://[fc00::1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://localhost/',
    'https://localhost./',
    'https://api.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'file:///etc/passwd',
    'nonsense',
  ])('refuses %s', (url) => {
    expect(refusedTarget(url, false)).not.toBeNull()
  })

  it.each(['https://example.com/hook', 'https://93.184.216.34/', 'https://[2606:2800:220:1::1]/'])(
    'takes %s',
    (url) => {
      expect(refusedTarget(url, false)).toBeNull()
    },
  )

  it('takes private ones where that is allowed, and nothing that is not HTTP', () => {
    expect(refusedTarget('http://127.0.0.1:9000/', true)).toBeNull()
    expect(refusedTarget('ftp://127.0.0.1/', true)).not.toBeNull()
  })

  it.each(['127.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', '', 'example.com'])('%j is no public address', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

it('the test’s own decryption reads the example of RFC 8291 section 5', () => {
  const bytes = (text: string) => Buffer.from(text, 'base64url')
  const body = bytes(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
  const keys = {
    privateKey: bytes('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'),
    publicKey: bytes('BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'),
    auth: bytes('BTBZMqHH6r4Tts7J_aSIgg'),
  }
  expect(decryptPush(body, keys)).toBe('When I grow up, I want to be a watermelon')
})
