/**
 * A server on stdio that does what it is told, also what no server should: `node fake-server.mjs FOLDER`. A call of
 * `note` is counted in the file `calls`; the file `description` replaces what the server says of that tool.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = process.argv[2]
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const text = (words) => ({ content: [{ type: 'text', text: words }] })

function described() {
  const file = join(folder, 'description')
  return existsSync(file) ? readFileSync(file, 'utf8') : 'Notes something.'
}

const names = [
  'note',
  'look',
  'die',
  'hang',
  'wait',
  'lie',
  'flood',
  'overflow',
  'drop',
  'odd',
  'fail',
  'change',
  'garble',
  'ask',
  'later',
  'denied',
]
/** To clients of 2026-07-28 it offers one tool more, and describes another otherwise. */
const tools = (isModern) =>
  [...names, ...(isModern ? ['newer'] : [])].map((name) => ({
    name,
    description: name === 'note' ? described() : isModern && name === 'look' ? 'look anew' : name,
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    annotations: name === 'odd' ? { readOnlyHint: false } : {},
  }))

const calls = {
  note(id, { text: words }) {
    appendFileSync(join(folder, 'calls'), `${words}\n`)
    send({ id, result: text('noted') })
  },
  newer: (id) => send({ id, result: text('newer') }),
  later: (id) => send({ id, result: { resultType: 'task', ...theirs, status: 'working' } }),
  look: (id) => send({ id, result: text('seen') }),
  die: () => process.exit(3),
  hang: () => appendFileSync(join(folder, 'hung'), 'x'),
  /** Until there is a file of this name. */
  wait(id, { text: name }) {
    appendFileSync(join(folder, 'calls'), `${name}\n`)
    const timer = setInterval(() => {
      if (!existsSync(join(folder, name))) return
      clearInterval(timer)
      send({ id, result: text('waited') })
    }, 20)
  },
  lie(id) {
    send({ id: id + 1000, result: text('not yours') })
    send({ id: String(id), result: text('not yours either') })
    send({ id, result: text('yours') })
    send({ id, result: text('yours again') })
  },
  drop: () => process.exit(3),
  overflow: (id) => calls.flood(id),
  flood: (id) => send({ result: text('x'.repeat(9 * 1024 * 1024)), id }),
  odd: (id) => send({ id, error: { code: -1, message: 'Odd', data: { more: [1] } } }),
  denied: (id, { text: words }) => send({ id, result: { ...text(words), isError: true } }),
  fail: (id) => send({ id, result: { ...text('It failed'), isError: true } }),
  change(id) {
    send({ method: 'notifications/tools/list_changed' })
    send({ id, result: text('changed') })
  },
  garble: (id) => process.stdout.write(`{"jsonrpc":"2.0","id":${id},"id":${id},"result":{}}\n`),
  ask(id) {
    send({ id: 'question', method: 'roots/list' })
    answers.push(({ result }) => send({ id, result: text(JSON.stringify(result)) }))
  },
}

const answers = []
const at = '2026-07-28T00:00:00Z'
const theirs = { taskId: 'theirs', createdAt: at, lastUpdatedAt: at, ttlMs: null }
const isModern = ({ _meta = {} }) => _meta['io.modelcontextprotocol/protocolVersion'] === '2026-07-28'

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line)
  const { id, method, params = {} } = message
  if (method === undefined) answers.shift()?.(message)
  else if (method === 'initialize') {
    const { protocolVersion } = params
    send({
      id,
      result: {
        protocolVersion,
        capabilities: { tools: { listChanged: true } },
        serverInfo: { name: 'fake', version: '1' },
      },
    })
  } else if (method === 'server/discover') {
    const serverInfo = { name: 'fake', version: '1' }
    send({ id, result: { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tasks/get' && params.taskId === 'theirs')
    send({ id, result: { resultType: 'complete', ...theirs, status: 'completed', result: text('done later') } })
  else if (method === 'tools/list') send({ id, result: { tools: tools(isModern(params)) } })
  else if (method === 'tools/call') calls[params.name]?.(id, params.arguments)
  else if (method === 'notifications/cancelled') appendFileSync(join(folder, 'cancelled'), `${params.requestId}\n`)
  else if (id !== undefined) send({ id, error: { code: -32601, message: `Unknown: ${method}` } })
})
