/** A server with what the conformance suite calls, made with the SDK: sessions for 2025-11-25, calls alone for 2026-07-28. */
import { randomUUID } from 'node:crypto'
import { serve } from '@hono/node-server'
import {
  createMcpHandler,
  createRequestStateCodec,
  inputRequired,
  isLegacyRequest,
  McpServer,
  ResourceTemplate,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { z } from 'zod'

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const SOUND = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA='
const text = (words) => ({ type: 'text', text: words })
const said = (words) => ({ content: [text(words)] })
const image = { type: 'image', data: PIXEL, mimeType: 'image/png' }
const embedded = (uri) => ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'Embedded.' } })

const CONTENTS = {
  test_simple_text: [text('This is a simple text response for testing.')],
  test_image_content: [image],
  test_audio_content: [{ type: 'audio', data: SOUND, mimeType: 'audio/wav' }],
  test_embedded_resource: [embedded('test://embedded-resource')],
  test_multiple_content_types: [text('Multiple content types test:'), image, embedded('test://mixed-content-resource')],
}

const codec = createRequestStateCodec({ key: randomUUID() + randomUUID() })
const form = (message, properties) =>
  inputRequired.elicit({ message, requestedSchema: { type: 'object', properties, required: Object.keys(properties) } })
const name = form('What is your name?', { name: { type: 'string' } })
const confirm = form('Please confirm', { ok: { type: 'boolean' } })
const sample = inputRequired.createMessage({ messages: [{ role: 'user', content: text('Greet.') }], maxTokens: 50 })
const roots = inputRequired.listRoots()

/** Each asks until it has what it asked for; `state`: the client brings it back. */
const ASKING = {
  elicitation: { asks: { user_name: name }, state: false },
  sampling: { asks: { sample_request: sample }, state: false },
  list_roots: { asks: { roots_request: roots }, state: false },
  request_state: { asks: { confirm }, state: true },
  tampered_state: { asks: { confirm }, state: true },
  multiple_inputs: { asks: { user_name: name, greeting: sample, client_roots: roots }, state: true },
}

const CHOICES = ['one', 'two', 'three']
const titled = CHOICES.map((choice) => ({ const: choice, title: `Choice ${choice}` }))
const FORMS = {
  test_elicitation: { response: { type: 'string' } },
  test_elicitation_sep1034_defaults: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
  test_elicitation_sep1330_enums: {
    untitledSingle: { type: 'string', enum: CHOICES },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: CHOICES, enumNames: CHOICES },
    untitledMulti: { type: 'array', items: { type: 'string', enum: CHOICES } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  },
}

function make() {
  // The gateway makes tasks of calls that wait, and says so: the same extension is named here.
  const extensions = { 'io.modelcontextprotocol/tasks': {} }
  const options = { capabilities: { logging: {}, resources: { subscribe: true }, completions: {}, extensions } }
  const server = new McpServer({ name: 'conformance', version: '1.0.0' }, { ...options, requestState: codec })
  const tool = (called, run, shape = {}) =>
    server.registerTool(called, { description: `The tool ${called}`, inputSchema: z.object(shape) }, run)
  for (const [called, content] of Object.entries(CONTENTS)) tool(called, () => ({ content }))
  tool('test_error_handling', () => {
    throw new Error('This tool intentionally returns an error for testing')
  })
  tool('test_tool_with_logging', async (_, { mcpReq }) => {
    for (const data of ['started', 'processing', 'completed']) await mcpReq.log('info', data)
    return said('logged')
  })
  tool('test_tool_with_progress', async (_, { mcpReq }) => {
    const { progressToken = 0 } = mcpReq._meta ?? {}
    for (const progress of [0, 50, 100])
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } })
    return said(String(progressToken))
  })
  const prompted = { prompt: z.string() }
  tool(
    'test_sampling',
    async ({ prompt }, { mcpReq }) => {
      const messages = [{ role: 'user', content: text(prompt) }]
      const { content } = await mcpReq.requestSampling({ messages, maxTokens: 100 })
      return said(`LLM response: ${content.text}`)
    },
    prompted,
  )
  for (const [called, properties] of Object.entries(FORMS))
    tool(
      called,
      async ({ message = 'Please answer' }, { mcpReq }) => {
        const { action, content = {} } = await mcpReq.elicitInput({
          message,
          requestedSchema: { type: 'object', properties },
        })
        return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`)
      },
      { message: z.string().optional() },
    )
  askFor(tool)
  offer(server)
  return server
}

function askFor(tool) {
  for (const [called, { asks, state }] of Object.entries(ASKING))
    tool(`test_input_required_result_${called}`, async (_, context) => {
      const { inputResponses: given = {} } = context.mcpReq
      const isAnswered = Object.keys(asks).every((key) => key in given)
      if (isAnswered && (!state || context.mcpReq.requestState())) return said(`state-ok: ${JSON.stringify(given)}`)
      return inputRequired({
        inputRequests: asks,
        ...(state && { requestState: await codec.mint({ called }, context) }),
      })
    })
  tool('test_input_required_result_multi_round', async (_, context) => {
    const { inputResponses: given = {} } = context.mcpReq
    const round = (context.mcpReq.requestState()?.round ?? 0) + (Object.keys(given).length > 0 ? 1 : 0)
    if (round >= 2) return said('Multi-round complete')
    return inputRequired({
      inputRequests: { [`step${round + 1}`]: name },
      requestState: await codec.mint({ round, nonce: randomUUID() }, context),
    })
  })
  tool('test_input_required_result_capabilities', async (_, context) => {
    const { inputResponses, envelope } = context.mcpReq
    if (inputResponses) return said('capabilities-ok')
    const { elicitation, sampling } = envelope['io.modelcontextprotocol/clientCapabilities'] ?? {}
    const inputRequests = { ...(elicitation && { elicit_input: name }), ...(sampling && { sample_input: sample }) }
    return Object.keys(inputRequests).length === 0 ? said('Nothing to ask with') : inputRequired({ inputRequests })
  })
  tool('test_missing_capability', () => inputRequired({ inputRequests: { sample } }))
  tool('test_logging_tool', async (_, { mcpReq }) => {
    await mcpReq.log('info', 'evaluated')
    return said('logged')
  })
  tool('test_streaming_elicitation', async (_, { mcpReq }) => {
    const { progressToken } = mcpReq._meta ?? {}
    if (progressToken !== undefined)
      await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress: 50, total: 100 } })
    return said('streamed')
  })
  const changed = { tool: 'toolsChanged', prompt: 'promptsChanged' }
  for (const [kind, notice] of Object.entries(changed))
    tool(`test_trigger_${kind}_change`, () => {
      modern.notify[notice]()
      return said('changed')
    })
}

function offer(server) {
  const resource = (id, uri, mimeType, content) =>
    server.registerResource(id, uri, { mimeType }, (at, values) => ({
      contents: [{ uri: String(at), mimeType, ...content(values) }],
    }))
  resource('static-text', 'test://static-text', 'text/plain', () => ({ text: 'This is the static text.' }))
  resource('static-binary', 'test://static-binary', 'image/png', () => ({ blob: PIXEL }))
  resource('watched', 'test://watched-resource', 'text/plain', () => ({ text: 'Watched' }))
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined })
  resource('template', template, 'application/json', ({ id }) => ({
    text: JSON.stringify({ id, data: `Data for ${id}` }),
  }))
  const message = (content) => ({ role: 'user', content })
  const prompt = (called, messages, shape) =>
    server.registerPrompt(
      called,
      { description: `The prompt ${called}`, ...(shape && { argsSchema: z.object(shape) }) },
      (args) => ({
        messages: messages(args).map(message),
      }),
    )
  prompt('test_simple_prompt', () => [text('This is a simple prompt for testing.')])
  prompt('test_prompt_with_arguments', ({ arg1, arg2 }) => [text(`arg1='${arg1}', arg2='${arg2}'`)], {
    arg1: z.string(),
    arg2: z.string(),
  })
  prompt('test_prompt_with_embedded_resource', ({ resourceUri }) => [embedded(resourceUri)], {
    resourceUri: z.string(),
  })
  prompt('test_prompt_with_image', () => [image])
  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks first' }, ({ mcpReq }) =>
    mcpReq.inputResponses
      ? { messages: [message(text('answered'))] }
      : inputRequired({ inputRequests: { user_context: name } }),
  )
  for (const method of ['resources/subscribe', 'resources/unsubscribe', 'logging/setLevel'])
    server.server.setRequestHandler(method, () => ({}))
  server.server.setRequestHandler('completion/complete', () => ({ completion: { values: ['paris'], total: 1 } }))
}

const modern = createMcpHandler(make, { legacy: 'reject' })
const sessions = new Map()

async function legacy(request) {
  const id = request.headers.get('mcp-session-id')
  const known = sessions.get(id)
  if (known) return known.handleRequest(request)
  if (id !== null) return new Response(null, { status: 404 })
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (session) => void sessions.set(session, transport),
  })
  await make().connect(transport)
  return transport.handleRequest(request)
}

const isHere = (request) =>
  [request.headers.get('host'), new URL(request.headers.get('origin') ?? 'http://localhost').host].every((host) =>
    /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host ?? ''),
  )

async function answer(request) {
  if (!isHere(request)) return new Response(null, { status: 403 })
  return (await isLegacyRequest(request)) ? legacy(request) : modern.fetch(request)
}

serve({ fetch: answer, port: Number(process.env.PORT), hostname: 'localhost' })
