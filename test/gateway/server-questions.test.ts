/** What belongs to one server, one client or one agent reaches no other: questions, progress, tasks, cancelled calls. */
import type { JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { createHttpSession } from '../../src/gateway/channel/http-session.ts'
import { createRoom } from '../../src/gateway/channel/room.ts'
import { createUnread } from '../../src/gateway/channel/unread.ts'
import { createServerTasks } from '../../src/gateway/gate/server-tasks.ts'
import type { Message, Outcome } from '../../src/gateway/message/json-rpc.ts'
import { createServerQuestions } from '../../src/gateway/session/server-questions.ts'
import { createServerScreen } from '../../src/gateway/session/server-screen.ts'
import type { Upstream } from '../../src/gateway/upstream/upstream.ts'

const AT_ONCE = { tell: (send: () => void) => send(), settled: async () => {} }

function server(name: string) {
  const got: unknown[] = []
  const upstream: Upstream = {
    name,
    request: async () => ({ result: {} }),
    notify: (method, params) => void got.push([method, params]),
    answer: (id, outcome) => void got.push([id, outcome]),
    close() {},
  }
  return { upstream, got }
}

function asking() {
  const sent: Message[] = []
  const questions = createServerQuestions({
    ...{ telling: AT_ONCE, toServers: AT_ONCE },
    toClient: (message) => void sent.push(message),
    screened: (_server, _method, params) => params,
  })
  const last = () => {
    const message = sent.at(-1)
    return message?.kind === 'request' ? message : expect.fail('no request')
  }
  return { questions, sent, last, one: server('one'), other: server('other') }
}

const SAMPLING = 'sampling/createMessage'

describe('a question of a server', () => {
  it('has a progress token of the gateway’s own: servers with the same token hear of their own progress', () => {
    const { questions, last, one, other } = asking()
    const tokens = [one, other].map(({ upstream }) => {
      questions.ask(upstream, 'q', SAMPLING, { _meta: { progressToken: 7 } })
      return last().params['_meta']
    })
    expect(tokens).toEqual([{ progressToken: 1 }, { progressToken: 2 }])
    questions.progressed({ progressToken: 2, progress: 5 })
    questions.progressed({ progressToken: 7, progress: 6 })
    expect(other.got).toEqual([['notifications/progress', { progressToken: 7, progress: 5 }]])
    expect(one.got).toEqual([])
  })

  it('that the client makes a task of is a task for its server alone', () => {
    const { questions, sent, last, one, other } = asking()
    questions.ask(one.upstream, 'q', SAMPLING, {})
    questions.answered(last().id, { result: { task: { taskId: 't' } } })
    expect(one.got).toEqual([['q', { result: { task: { taskId: 't' } } }]])
    const before = sent.length
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel'])
      questions.ask(other.upstream, method, method, { taskId: 't' })
    expect(sent).toHaveLength(before)
    expect(other.got).toEqual(
      ['tasks/get', 'tasks/result', 'tasks/cancel'].map((id) => [
        id,
        { error: expect.objectContaining({ code: -32602 }) },
      ]),
    )
    questions.ask(one.upstream, 'own', 'tasks/get', { taskId: 't' })
    expect(last()).toMatchObject({ method: 'tasks/get', params: { taskId: 't' } })
    questions.taskChanged({ taskId: 't', status: 'completed' })
    questions.taskChanged({ taskId: 'unknown', status: 'completed' })
    expect(one.got.slice(1)).toEqual([['notifications/tasks/status', { taskId: 't', status: 'completed' }]])
    expect(other.got).toHaveLength(3)
  })

  it('for the tasks of the client is answered with those of its server', () => {
    const { questions, last, one, other } = asking()
    for (const [{ upstream }, taskId] of [
      [one, 'a'],
      [other, 'b'],
    ] as const) {
      questions.ask(upstream, 'q', SAMPLING, {})
      questions.answered(last().id, { result: { task: { taskId } } })
    }
    questions.ask(other.upstream, 'list', 'tasks/list', {})
    questions.answered(last().id, { result: { tasks: [{ taskId: 'a' }, { taskId: 'b' }] } })
    expect(other.got.at(-1)).toEqual(['list', { result: { tasks: [{ taskId: 'b' }] } }])
  })
})

describe('what a server tells of a task', () => {
  const tasks = createServerTasks()
  tasks.note('one', { result: { task: { taskId: 'its' } } })
  tasks.note('other', { result: { task: { taskId: 'not its' } } })
  const screen = createServerScreen({ name: 'one', isUntrusted: false, tasks })

  it.each(['notifications/tasks/status', 'notifications/tasks'])('by %s is passed on for its own tasks', (method) => {
    const told = (taskId: string) =>
      screen.notice(method, { taskId, status: 'working', statusMessage: 'Open http://evil' })
    expect(told('its')).toEqual({
      ...{ taskId: 'its', status: 'working' },
      statusMessage: 'From the server one: Open http://evil',
    })
    expect([told('not its'), told('unknown'), told('countersign.task.x')]).toEqual([undefined, undefined, undefined])
  })

  it.each(['its', 'not its', 'countersign.task.x', 5])('relates a message to its own tasks alone: %j', (taskId) => {
    const related = { 'io.modelcontextprotocol/related-task': { taskId } }
    const params = { level: 'info', data: 'x', _meta: { ...related, more: 1 } }
    expect(screen.notice('notifications/message', params)?.['_meta']).toEqual({
      ...(taskId === 'its' && related),
      more: 1,
    })
    const asked = screen.question(
      'roots/list',
      { _meta: related },
      { capabilities: { roots: {} }, protocolVersion: '' },
    )
    expect(asked?.['_meta']).toEqual(taskId === 'its' ? related : {})
  })

  it.each<[string, JsonObject]>([
    ['tasks/get', { taskId: 'its', status: 'working' }],
    ['tools/call', { task: { taskId: 'its', status: 'working' } }],
    ['tasks/list', { tasks: [{ taskId: 'its', status: 'working' }] }],
  ])('in the answer to %s begins with its name', (_, result) => {
    const withMessage = (message: string) =>
      JSON.parse(JSON.stringify(result).replace('"working"', `"working","statusMessage":"${message}"`))
    const outcome: Outcome = { result: withMessage('A person has to approve') }
    expect(screen.outcome(outcome, { capabilities: {}, protocolVersion: '2025-11-25' })).toEqual({
      result: withMessage('From the server one: A person has to approve'),
    })
  })
})

describe('a client on HTTP that cancels', () => {
  const response = () => Object({ headersSent: false, writeHead: () => Object({ end() {} }), once() {}, end() {} })

  function session(isShared: boolean) {
    const received: Message[] = []
    const http = createHttpSession({ isShared, headers: {}, unread: createUnread() })
    http.open({ received: (message) => void received.push(message), unreadable() {}, ended() {}, room: createRoom(1) })
    const cancel = (requestId: number) =>
      http.take({ kind: 'notification', method: 'notifications/cancelled', params: { requestId } }, response())
    for (const id of [7, 8]) http.take({ kind: 'request', id, method: 'tools/list', params: {} }, response())
    return { cancel, cancelled: () => received.slice(2).map((message) => Object(message).params.requestId) }
  }

  it('cancels a request of its own by its own id, and nothing by an id that only the channel knows', () => {
    const { cancel, cancelled } = session(false)
    for (const id of [1, 2, 3, 8]) cancel(id)
    expect(cancelled()).toEqual([2])
  })

  it('cancels nothing by a notice where it shares the channel: the end of its stream does', () => {
    const { cancel, cancelled } = session(true)
    for (const id of [1, 7, 8]) cancel(id)
    expect(cancelled()).toEqual([])
  })
})
