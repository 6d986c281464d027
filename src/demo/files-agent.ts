/**
 * The agent of the third story: a client of MCP that knows the gateway alone, and nothing of approvals. It makes a call
 * again for as long as it is told to. Needs the protocol's SDK, which only a development installation has.
 */
import type { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js'
import { Failure } from '../cli/exit.ts'
import { type Client, createClient } from '../client/client.ts'
import { EDIT } from './opening-hours.ts'

/** `code`: `ok`, or the code of its refusal. */
export interface EditAnswer {
  readonly code: string
  /** Of the approval under which it ran. */
  readonly trace?: string
}

export interface Editing {
  /** The page of the request, once people are asked; undefined where nobody is. */
  readonly asked: Promise<string | undefined>
  readonly answer: Promise<EditAnswer>
}

export interface FilesAgent {
  readonly client: Client
  readonly read: () => Promise<string>
  readonly edit: (signal: AbortSignal) => Editing
  readonly close: () => Promise<void>
}

interface FilesAgentOptions {
  readonly authority: string
  readonly credential: string
  /** The gateway. */
  readonly executor: string
  readonly file: string
}

export async function createFilesAgent(options: FilesAgentOptions): Promise<FilesAgent> {
  const { authority, credential, executor, file: path } = options
  const mcp = await connect(executor, credential)
  return {
    client: createClient({ origin: authority, credential }),
    async read() {
      const { content } = await mcp.callTool({ name: 'read_text_file', arguments: { path } })
      const [first] = Array.isArray(content) ? content : []
      return first?.type === 'text' ? first.text : ''
    },
    edit: (signal) => editing(mcp, path, signal),
    close: () => mcp.close(),
  }
}

async function connect(url: string, credential: string): Promise<McpClient> {
  const [{ Client: SdkClient }, { StreamableHTTPClientTransport }] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
  ]).catch(() => {
    throw new Failure('usage', 'The story of the files needs @modelcontextprotocol/sdk.', 2)
  })
  const mcp = new SdkClient({ name: 'editor', version: '1.0.0' })
  const requestInit = { headers: { Authorization: `Bearer ${credential}` } }
  await mcp.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
  return mcp
}

function editing(mcp: McpClient, path: string, signal: AbortSignal): Editing {
  let ring = (_: string) => {}
  const rung = new Promise<string>((resolve) => {
    ring = resolve
  })
  const onprogress = ({ message = '' }) => ring(/https?:\S+/.exec(message)?.[0] ?? '')
  const answer = untilAnswered(async () => {
    const call = { name: 'edit_file', arguments: { path, edits: [EDIT] } }
    const { isError, _meta = {} } = await mcp.callTool(call, undefined, { onprogress, signal })
    const { status } = Object(_meta['io.countersign/refusal'])
    const { trace } = Object(_meta['io.countersign/approval'])
    return isError === true ? { code: String(status ?? 'failed') } : { code: 'ok', trace: String(trace) }
  })
  const nobody = answer.then(
    () => undefined,
    () => undefined,
  )
  return { asked: Promise.race([rung, nobody]), answer }
}

/** The same call again is the same request. */
async function untilAnswered(call: () => Promise<EditAnswer>): Promise<EditAnswer> {
  for (;;) {
    const answer = await call()
    if (answer.code !== 'approval_required') return answer
  }
}
