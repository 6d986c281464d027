/** `mcp`: runs the MCP gateway on stdio or HTTP, or publishes the tools of its servers. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { openStdio } from '../../gateway/channel/stdio.ts'
import { AuthorityAway, WrongConfig } from '../../gateway/config/config-errors.ts'
import { type GatewayConfig, readConfig } from '../../gateway/config/gateway-config.ts'
import { createGateway, type Gateway, readTools } from '../../gateway/gateway.ts'
import { CatalogueRefused } from '../../gateway/upstream/published-tools.ts'
import { contextOf } from '../context.ts'
import { EXIT, Failure, interruption, usage } from '../exit.ts'
import type { Output } from '../terminal/output.ts'
import { visible } from '../terminal/paint.ts'

interface Options {
  readonly config: string
  readonly publish?: true
  readonly printCatalogue?: true
}

type Listening = NonNullable<GatewayConfig['listen']>

export async function runGateway(options: Options, command: Command): Promise<void> {
  const { config: file, publish } = options
  const { output } = contextOf(command)
  const log = (line: string) => output.note(visible(line))
  if (options.printCatalogue) return printCatalogue(file, log, output)
  const { config, gateway } = await gatewayOf(file, log)
  try {
    await inWords(file, () => publishTools(gateway, output, publish === true))
    if (publish) return
    if (config.listen) await serveOnHttp(gateway, config.listen, output)
    else await serveStdio(gateway, config.agent)
  } finally {
    await gateway.close()
  }
}

async function gatewayOf(file: string, log: (line: string) => void) {
  const config = await configIn(file)
  const gateway = await inWords(file, () => createGateway(config, { environment: process.env, log, isChecked: true }))
  return { config, gateway }
}

async function configIn(file: string): Promise<GatewayConfig> {
  const text = await textOf(file)
  return besideFile(file, await inWords(file, () => readConfig(text)))
}

/** Clients start the gateway wherever they are: its files and its servers are looked for beside the configuration. */
function besideFile(file: string, config: GatewayConfig): GatewayConfig {
  const folder = dirname(resolve(file))
  const upstreams = Object.entries(config.upstreams).map(([name, upstream]) => [
    name,
    'command' in upstream ? { ...upstream, cwd: resolve(folder, upstream.cwd ?? '') } : upstream,
  ])
  return {
    ...config,
    challenge_key: resolve(folder, config.challenge_key),
    ...(config.state_dir !== undefined && { state_dir: resolve(folder, config.state_dir) }),
    upstreams: Object.fromEntries(upstreams),
  }
}

async function inWords<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WrongConfig) throw usage(`${file}: ${visible(error.message)}`)
    if (error instanceof AuthorityAway)
      throw new Failure('authority_unreachable', visible(`${file}: ${error.message}`), EXIT.unreachable)
    if (error instanceof CatalogueRefused) throw new Failure('invalid_request', visible(error.message))
    throw error
  }
}

async function printCatalogue(file: string, log: (line: string) => void, output: Output): Promise<void> {
  const config = await configIn(file)
  const entries = await inWords(file, () => readTools(config, { environment: process.env, log }))
  output.result(
    entries.map((entry) => ({ ...entry })),
    JSON.stringify(entries, null, 2),
  )
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    throw usage(`${file} cannot be read.`)
  }
}

async function publishTools(gateway: Gateway, output: Output, isAll: boolean): Promise<void> {
  try {
    const publication = await gateway.publish()
    if (publication)
      output.note(`An admin has to approve the tools that are new or different: ${publication.approvalUri}`)
    if (isAll)
      output.result({ approval_uri: publication?.approvalUri ?? null }, publication ? '' : 'All tools are approved.')
  } catch (error) {
    if (!(error instanceof CatalogueRefused)) throw error
    // Tools in force go on working.
    if (isAll) throw new Failure('invalid_request', visible(error.message))
    output.note(visible(`The tools were not published: ${error.message}`))
  }
}

async function serveStdio(gateway: Gateway, agent?: string): Promise<void> {
  const [only, ...others] = gateway.agents.values()
  const client = agent === undefined && others.length === 0 ? only : gateway.agents.get(agent ?? '')
  if (!client) throw usage('agent: say which of the agents the client on stdio is.')
  const ended = new Promise<void>((resolve) => {
    gateway.open(client, openStdio(process.stdin, process.stdout), resolve)
  })
  await Promise.race([ended, interruption()])
}

async function serveOnHttp(gateway: Gateway, at: Listening, output: Output): Promise<void> {
  const http = await gateway.listen(at).catch((error: unknown) => {
    throw usage(`listen: The gateway cannot listen at ${at.host}, port ${at.port}. ${troubleOf(error)}`)
  })
  output.result({ url: http.url }, `${output.paint.green('✔')} The gateway listens at ${output.paint.bold(http.url)}`)
  await interruption()
  await http.close()
}

const TROUBLES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is in use: end the program that listens there, or choose another port.',
  EACCES: 'This user may not use the port: choose one from 1024 on.',
  EADDRNOTAVAIL: 'This machine does not have the address: choose another host.',
  ENOTFOUND: 'This host has no address: choose another.',
}

function troubleOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return TROUBLES[code] ?? code
}
