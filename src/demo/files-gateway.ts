/**
 * The demo's third executor: the MCP gateway before the filesystem server of the protocol's own project, over a folder of
 * the demo's own. Needs that server, which only a development installation has.
 *
 * In: the authority's address. Out: the catalogue to register, and then a running gateway on HTTP. SPEC 14.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChallengeKey, JsonObject } from '@countersign/verifier'
import { Failure } from '../cli/exit.ts'
import { readConfig } from '../gateway/config/gateway-config.ts'
import { createGateway, readTools } from '../gateway/gateway.ts'
import type { RunningExecutor } from './listen.ts'
import { BEFORE } from './opening-hours.ts'

export const FILES_AUDIENCE = 'urn:mcp:shop-files'
export const FILES_AGENT = 'editor-agent'

export interface FilesKeys {
  readonly executorCredential: string
  readonly challengeKey: ChallengeKey
  readonly agentCredential: string
}

export interface FilesGateway extends RunningExecutor {
  /** The file that the agent edits. */
  readonly file: string
}

export interface PreparedFiles {
  readonly catalogue: readonly JsonObject[]
  readonly start: (keys: FilesKeys) => Promise<FilesGateway>
  /** Removes the folder. */
  readonly remove: () => void
}

/** Throws a `Failure` where the filesystem server is not installed. */
export async function prepareFiles(issuer: string): Promise<PreparedFiles> {
  const server = findServer()
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-files-')))
  const notes = join(folder, 'shop')
  mkdirSync(notes)
  const config = readConfig(JSON.stringify(configOf({ issuer, server, notes, folder })))
  const world = { environment: {}, log: () => {} }
  const entries = await readTools(config, world)
  return {
    catalogue: entries.map((entry) => ({ ...entry })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
    async start({ executorCredential, challengeKey, agentCredential }) {
      const file = join(notes, 'opening-hours.md')
      writeFileSync(file, BEFORE)
      writeFileSync(config.challenge_key, JSON.stringify(challengeKey), { mode: 0o600 })
      const environment = { GATEWAY_CREDENTIAL: executorCredential, AGENT_CREDENTIAL: agentCredential }
      const gateway = await createGateway(config, { ...world, environment })
      const http = await gateway.listen({ host: '127.0.0.1', port: 0, origins: [] })
      const stop = async () => {
        await http.close()
        await gateway.close()
      }
      return { url: http.url, file, stop }
    },
  }
}

function findServer(): string {
  try {
    return createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js')
  } catch (cause) {
    const missing =
      'The story of the files needs @modelcontextprotocol/server-filesystem: run npm install with development dependencies, or tell another with --story.'
    throw new Failure('usage', missing, 2, { cause })
  }
}

interface Places {
  readonly issuer: string
  readonly server: string
  readonly notes: string
  readonly folder: string
}

/** As the guide of the gateway has it. */
const configOf = ({ issuer, server, notes, folder }: Places) => ({
  issuer,
  audience: FILES_AUDIENCE,
  credential: { env: 'GATEWAY_CREDENTIAL' },
  challenge_key: join(folder, 'gateway-key.jwk'),
  state_dir: join(folder, 'state'),
  agents: { [FILES_AGENT]: { credential: { env: 'AGENT_CREDENTIAL' } } },
  upstreams: {
    files: {
      command: process.execPath,
      args: [server, notes],
      tools: {
        'read_*': 'read',
        edit_file: { effect: 'write', resource: 'file:{path}', preview: { dry_run: { arguments: { dryRun: true } } } },
        '*': 'write',
      },
    },
  },
})
