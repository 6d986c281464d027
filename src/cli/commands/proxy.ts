/** `proxy`: runs a reverse proxy that lets a call through when a token approves exactly this one. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createVerifier, parseApprovers } from '@countersign/verifier'
import { live } from '@countersign/verifier/live'
import type { Command } from 'commander'
import { createClient } from '../../client/client.ts'
import { createAuthorityFetch } from '../../proxy/authority-fetch.ts'
import { createProxy } from '../../proxy/proxy-server.ts'
import { jsonFile } from '../arguments/json-file.ts'
import { contextOf } from '../context.ts'
import { interruption, usage } from '../exit.ts'
import { unofferedRoutes } from '../proxy/futile-routes.ts'
import { keepReports } from '../proxy/kept-reports.ts'
import { type ProxyConfig, readChallengeKey, readProxyConfig, type SecretName } from '../proxy/proxy-config.ts'
import { visible } from '../terminal/paint.ts'

const CLOSE_EVERY_MS = 100

export async function runProxy({ config: file }: { readonly config: string }, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const config = readProxyConfig(file)
  const onError = (error: unknown) => output.note(visible(wordsOf(error)))
  const stream = live()
  const fetch = createAuthorityFetch(config.issuer)
  const closing = new AbortController()
  const verifier = createVerifier({
    ...{ ...verifierOptions(config), live: stream, onError },
    fetch: await reportingFetch(config, fetch, closing.signal, (line) => output.note(line)),
  })
  const { origin, headers, timeout_seconds: seconds } = config.upstream
  const upstream = { origin, headers: secretsOf(headers), timeoutMs: seconds * 1000 }
  const server = createProxy({ verifier, upstream, routes: config.routes, onError })
  const url = await listen(server, config.listen)
  output.result({ url }, `${output.paint.green('✔')} The proxy listens at ${output.paint.bold(url)}`)
  void warningsOf(config, fetch).then((lines) => {
    for (const line of lines) output.note(visible(line))
  })
  await interruption()
  output.note('Stopping …')
  server.close()
  // A connection is idle once its last call has ended.
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_EVERY_MS)
  await once(server, 'close')
  clearInterval(idle)
  await verifier.settled()
  closing.abort()
  await stream.close()
}

/** Reports of outcomes outlive an authority that is away, and this process. */
async function reportingFetch(
  { issuer, audience, credential, state_dir: folder = stateFolder(process.env) }: ProxyConfig,
  send: typeof fetch,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<typeof fetch> {
  const kept = await keepReports({
    ...{ folder, issuer, audience, credential: secretOf(credential), send, signal },
    failed: () => note(NO_FOLDER),
  })
  return (url, init = {}) => kept(String(url), init)
}

const NO_FOLDER =
  'The folder of reports cannot be used (state_dir): the outcomes of calls stay unknown while the authority is away.'

/** Where software keeps its state, by the XDG base directories. */
const stateFolder = ({ XDG_STATE_HOME, HOME }: NodeJS.ProcessEnv): string =>
  join(XDG_STATE_HOME || join(HOME || homedir(), '.local', 'state'), 'countersign', 'proxy')

/** The catalogue can change while the proxy runs, and the authority may be away: nothing passes then either. */
async function warningsOf(config: ProxyConfig, authorityFetch: typeof fetch): Promise<readonly string[]> {
  const { issuer: origin, credential, routes } = config
  const client = createClient({ origin, credential: secretOf(credential), fetch: authorityFetch })
  const answer = await client.call('ownCatalogue')
  if (answer.ok) return unofferedRoutes(routes, answer.value.catalogue)
  return [`The catalogue of this executor cannot be read, and no call passes: ${answer.problem.detail}`]
}

function verifierOptions(config: ProxyConfig) {
  const { issuer, audience, public_url: publicUrl, challenge_key: key, approvers } = config
  return {
    issuer,
    audience,
    credential: secretOf(config.credential),
    acceptSelfApproval: config.accept_self_approval,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(key !== undefined && { challengeKey: readChallengeKey(key) }),
    ...(approvers !== undefined && { approvers: parseApprovers(jsonFile(approvers)) }),
  }
}

const secretsOf = (headers: Readonly<Record<string, SecretName>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, source]) => [name, secretOf(source)]))

function secretOf({ env }: SecretName): string {
  const secret = process.env[env]
  if (secret) return secret
  throw usage(`${env} is not set. The configuration names it.`)
}

async function listen(server: Server, { host, port }: ProxyConfig['listen']): Promise<string> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw usage(`It cannot listen at ${host}, port ${port}: ${wordsOf(error)}`)
  }
  const address = server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
