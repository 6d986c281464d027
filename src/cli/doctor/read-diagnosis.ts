/** Reads the authority's diagnosis as it comes, and judges by the arrival of its events whether a proxy holds them back. */
import { BEATS, Diagnosis, type Finding, mend, ok, unknown } from '../../api/parties/diagnosis-shapes.ts'
import { Failure } from '../exit.ts'

const TIMEOUT_MS = 60_000
const MAX_SKEW_MS = 2000

interface Arrival {
  readonly name: string
  readonly data: string
  readonly atMs: number
}

/** Throws `Failure` where the credential is no operator’s. */
export async function readDiagnosis(url: string, credential: string): Promise<readonly Finding[]> {
  const askedMs = Date.now()
  const headers = { authorization: `Bearer ${credential}`, accept: 'text/event-stream' }
  const answer = await fetch(`${url}/diagnosis`, {
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (answer.status === 401 || answer.status === 403) throw new Failure('forbidden', NOT_OPERATOR)
  if (!answer.ok || answer.body === null) return [mend('inside', `The diagnosis was refused (${answer.status}).`)]
  const arrivals = await arrivalsIn(answer.body)
  const [first] = arrivals
  if (first?.name !== 'diagnosis') return [mend('inside', 'The diagnosis has another form: is this another version?')]
  const { now_ms, findings } = Diagnosis.parse(JSON.parse(first.data))
  return [examineClock(now_ms, askedMs, first.atMs), examineStream(arrivals), ...findings]
}

const NOT_OPERATOR = 'Only an operator may read the diagnosis. Use an operator’s credential.'

async function arrivalsIn(body: ReadableStream<Uint8Array>): Promise<readonly Arrival[]> {
  const arrivals: Arrival[] = []
  let rest = ''
  const utf8 = new TextDecoder()
  for await (const piece of body) {
    const events = (rest + utf8.decode(piece, { stream: true })).split('\n\n')
    rest = events.pop() ?? ''
    const atMs = Date.now()
    arrivals.push(...events.map((text) => ({ ...eventIn(text), atMs })).filter(({ name }) => name !== ''))
  }
  return arrivals
}

const eventIn = (text: string) => ({
  name: /^event: (.*)$/m.exec(text)?.[1] ?? '',
  data: /^data: (.*)$/m.exec(text)?.[1] ?? '',
})

/** The authority read its clock between the question and the arrival. */
function examineClock(nowMs: number, askedMs: number, arrivedMs: number): Finding {
  const skewMs = Math.max(askedMs - nowMs, nowMs - arrivedMs, 0)
  if (skewMs <= MAX_SKEW_MS) return ok('clock', 'It agrees with the one here.')
  const seconds = Math.round(skewMs / 1000)
  return mend(
    'clock',
    `It differs from the one here by ${seconds} s; tokens live for seconds. Run NTP on both machines.`,
  )
}

function examineStream(arrivals: readonly Arrival[]): Finding {
  const beats = arrivals.filter(({ name }) => name === 'beat')
  const lastedMs = (arrivals.at(-1)?.atMs ?? 0) - (arrivals[0]?.atMs ?? 0)
  if (beats.length < BEATS.count) return unknown('streams', 'The diagnosis ended early.')
  if (lastedMs >= (BEATS.count * BEATS.everyMs) / 2) return ok('streams', 'Events arrive as they are sent.')
  return mend(
    'streams',
    'Events arrive in batches: a proxy holds them back, and executors refuse with status_stale. Turn its buffering off (nginx: proxy_buffering off).',
  )
}
