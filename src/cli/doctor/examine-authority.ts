/** Examines a running authority over HTTP: its address, certificate, readiness, and what it finds about itself. */
import { connect } from 'node:tls'
import { type Finding, mend, ok, unknown } from '../../api/parties/diagnosis-shapes.ts'
import type { Context } from '../context.ts'
import { Failure, unreachableWords } from '../exit.ts'
import { readDiagnosis } from './read-diagnosis.ts'

export interface Examined {
  /** Whether anything answered at the address. */
  readonly answers: boolean
  readonly findings: readonly Finding[]
}

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS = 14
const TIMEOUT_MS = 10_000

export async function examineAuthority(context: Context): Promise<Examined> {
  const url = context.url()
  const address = examineAddress(url)
  const ready = await get(`${url}/readyz`).catch((error) =>
    mend('authority', `${url} does not answer: ${causeOf(error)}. ${unreachableWords(url)}`),
  )
  if ('words' in ready) return { answers: false, findings: [address, ready] }
  const findings = [address, ...(await examineCertificate(url)), await examineIssuer(url), readinessOf(ready)]
  if (!ready.ok) return { answers: true, findings }
  return { answers: true, findings: [...findings, ...(await diagnosisOf(context))] }
}

const get = (address: string) => fetch(address, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })

function examineAddress(url: string): Finding {
  const { protocol, hostname } = new URL(url)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (protocol === 'https:' || isLocal) return ok('address', `Passkeys work at ${url}.`)
  return mend(
    'address',
    `Passkeys do not work at ${url}: browsers want https, or http on localhost. End TLS in a proxy.`,
  )
}

async function examineCertificate(url: string): Promise<readonly Finding[]> {
  const { protocol, hostname, port } = new URL(url)
  if (protocol !== 'https:') return []
  const socket = connect({ host: hostname, port: Number(port || 443), servername: hostname, timeout: TIMEOUT_MS })
  const validTo = await new Promise<string | undefined>((resolve) => {
    socket.once('secureConnect', () => resolve(socket.getPeerCertificate().valid_to))
    for (const event of ['error', 'timeout']) socket.once(event, () => resolve(undefined))
  })
  socket.destroy()
  const days = Math.floor((Date.parse(validTo ?? '') - Date.now()) / DAY_MS)
  if (days >= CERTIFICATE_DAYS) return [ok('certificate', `It is valid for ${days} more days.`)]
  const words = Number.isNaN(days) ? 'It cannot be read.' : `It ends in ${days} days. Renew it.`
  return [mend('certificate', words)]
}

async function examineIssuer(url: string): Promise<Finding> {
  const answer = await get(`${url}/.well-known/oauth-authorization-server`).catch(() => undefined)
  const metadata: unknown = answer?.ok ? await answer.json().catch(() => null) : null
  const issuer = new Map(Object.entries(metadata ?? {})).get('issuer')
  if (issuer === url) return ok('issuer', `Its tokens name ${url}.`)
  if (typeof issuer !== 'string') return mend('issuer', `${url} does not say that it is an authority.`)
  return mend(
    'issuer',
    `It is reached at ${url}, but calls itself ${issuer}. Set COUNTERSIGN_ORIGIN to the address that people open.`,
  )
}

function readinessOf({ ok: isReady, status }: Response): Finding {
  if (isReady) return ok('readiness', 'It serves, and its database takes writes.')
  return mend(
    'readiness',
    `/readyz answers ${status}: its database is away, full, or of another version. Its log says why.`,
  )
}

async function diagnosisOf(context: Context): Promise<readonly Finding[]> {
  try {
    return await readDiagnosis(context.url(), context.credential())
  } catch (error) {
    if (error instanceof Failure) return [unknown('inside', error.message)]
    return [mend('inside', `The diagnosis broke off: ${causeOf(error)}.`)]
  }
}

/** The code of a failed fetch. The message may repeat what was sent. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (typeof cause !== 'object' || cause === null) return 'no answer'
  return 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : cause instanceof Error
      ? cause.name
      : 'no answer'
}
