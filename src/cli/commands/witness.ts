/**
 * `witness`: cosigns checkpoints of the given logs, as long as each continues the last.
 *
 * In: the logs' keys, a folder. Out: an HTTP service: `POST /add-checkpoint`, `GET /<sha-256 of origin>/checkpoint`.
 * The signing key lies in the folder, readable by its owner alone, and is made on the first start. C2SP tlog-witness.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { COSIGNATURE, formatNoteKey, isKeyName, type NoteKey } from '@countersign/verifier/proof'
import type { Command } from 'commander'
import { createWitness } from '../../audit/witness/cosigner.ts'
import { noteKey } from '../arguments/note-key.ts'
import { contextOf } from '../context.ts'
import { EXIT, Failure, interruption, usage } from '../exit.ts'
import { now } from '../terminal/time.ts'
import { witnessSigner } from '../witness/witness-key.ts'
import { witnessStore } from '../witness/witness-store.ts'

interface Options {
  readonly name: string
  readonly log: readonly string[]
  readonly folder: string
  readonly port: number
  readonly host: string
}

const MAX_BODY_BYTES = 65_536

export async function runWitness(options: Options, command: Command): Promise<void> {
  const { output } = contextOf(command)
  if (!isKeyName(options.name)) throw usage('--name: it can hold neither white space nor a plus.')
  const logs = await Promise.all(options.log.map((vkey) => noteKey(vkey, '--log')))
  const signer = await witnessSigner(options.folder, options.name)
  const service = createWitness({ logs, signer, store: witnessStore(options.folder), now })
  const server = createServer((request, response) => void serve(service, logs, request, response))
  const port = await listen(server, options)
  const vkey = await formatNoteKey(options.name, COSIGNATURE, signer.publicKey)
  const url = `http://${options.host}:${port}`
  output.result({ url, vkey }, `${output.paint.green('✔')} The witness listens at ${output.paint.bold(url)}\n  ${vkey}`)
  await interruption()
  server.close()
}

async function listen(server: Server, { host, port }: Options): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch {
    throw new Failure('usage', `Port ${port} is not free. Choose another with --port.`, EXIT.usage)
  }
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}

type Service = ReturnType<typeof createWitness>

async function serve(service: Service, logs: readonly NoteKey[], request: IncomingMessage, response: ServerResponse) {
  const end = (status: number, type: string, body: string) =>
    response.writeHead(status, { 'content-type': type }).end(body)
  try {
    const { status, type, body } = await answerTo(service, logs, request)
    end(status, type, body)
  } catch {
    // Nothing was signed: a checkpoint is stored before it is signed.
    end(500, TEXT, 'Something went wrong here. Try again.\n')
  }
}

const TEXT = 'text/plain; charset=utf-8'

async function answerTo(service: Service, logs: readonly NoteKey[], request: IncomingMessage) {
  if (request.method === 'POST' && request.url === '/add-checkpoint') {
    const body = await bodyOf(request)
    return body === null ? { status: 413, type: TEXT, body: 'Too long.\n' } : service.addCheckpoint(body)
  }
  const hash = request.method === 'GET' ? /^\/([0-9a-f]{64})\/checkpoint$/.exec(request.url ?? '')?.[1] : undefined
  const origin = logs.find(({ name }) => createHash('sha256').update(name).digest('hex') === hash)?.name
  const latest = origin === undefined ? null : await service.latest(origin)
  return latest === null ? { status: 404, type: TEXT, body: 'Not here.\n' } : { status: 200, type: TEXT, body: latest }
}

/** Null when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
