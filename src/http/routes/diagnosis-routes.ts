/** The route of the diagnosis: what the authority finds about itself and about the call's way to it. */
import type { Context } from 'hono'
import { BEATS, type Diagnosis, type Finding, mend, ok, unknown } from '../../api/parties/diagnosis-shapes.ts'
import type { Services } from '../../authority/compose.ts'
import type { Config } from '../../authority/config.ts'
import { strangerAddress } from '../../domain/identity/stranger-address.ts'
import { eventText } from '../../domain/server-event.ts'
import { createEventStreams, EVENT_STREAM_HEADERS } from '../answer/event-streams.ts'
import { problemResponse } from '../answer/problem-response.ts'
import type { Router } from '../call/router.ts'

const TOO_MANY = {
  code: 'rate_limited',
  message: 'Too many diagnoses are under way. Wait for one to end.',
  retryAfterSeconds: 5,
} as const

export function serveDiagnosis(
  router: Router,
  { config, examineSelf }: Services,
  examinePlatform: () => Promise<readonly Finding[]> = async () => [],
): void {
  const streams = createEventStreams()

  async function diagnose(proxies: Finding): Promise<Diagnosis> {
    const [own, platform] = await Promise.all([examineSelf(), examinePlatform()])
    const findings = own.map(({ subject, well, words }) => (well ? ok(subject, words) : mend(subject, words)))
    return { now_ms: Date.now(), findings: [proxies, ...platform, ...findings] }
  }
  router.serveRaw('diagnosis', async ({ context, caller, from, isStillIn }) => {
    const proxies = examineProxies(context, from(), config)
    const stream = streams.open({ id: caller.credentialId, isStillIn }, () => eventsOf(diagnose(proxies)))
    if (stream === null) return problemResponse(config.origin, TOO_MANY)
    return context.body(stream, 200, EVENT_STREAM_HEADERS)
  })
}

async function* eventsOf(diagnosis: Promise<Diagnosis>): AsyncGenerator<string> {
  yield eventText('diagnosis', await diagnosis)
  for (let beat = 1; beat <= BEATS.count; beat++) {
    await new Promise((resolve) => setTimeout(resolve, BEATS.everyMs))
    yield eventText('beat', { beat })
  }
}

/** `counted`: the address by which this call would be counted if it were a stranger's. */
function examineProxies({ req }: Context, counted: string, { trustedProxies }: Config): Finding {
  const forwarded = req.header('x-forwarded-for')
  const trusts = 'networks' in trustedProxies || trustedProxies.count > 0
  if (forwarded === undefined) {
    if (!trusts) return ok('proxies', 'None is in front.')
    return unknown('proxies', 'This call came past COUNTERSIGN_TRUSTED_PROXIES. Ask by way of the public address.')
  }
  const entries = forwarded.split(',').map((entry) => strangerAddress(entry.trim(), undefined, { count: 0 }))
  if (trusts && entries.includes(counted)) return ok('proxies', `This call is counted as one of ${counted}.`)
  return mend(
    'proxies',
    `A proxy names ${forwarded}, but this call is counted as one of ${counted}: all strangers share its attempts. Name that proxy in COUNTERSIGN_TRUSTED_PROXIES.`,
  )
}
