/** The table of the gateway's limits says what the code has, each by the constant that it comes from. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { read, root } from './documents.ts'

const CONSTANTS = [
  ['gateway/message/json-rpc.ts', 'MAX_MESSAGE_LENGTH'],
  ['gateway/channel/room.ts', 'MAX_ROOM'],
  ['gateway/message/json-rpc.ts', 'MAX_DEPTH'],
  ['gateway/message/json-rpc.ts', 'MAX_VALUES'],
  ['verifier/action/action.ts', 'MAX_ARGUMENT_BYTES'],
  ['gateway/upstream/read-offer.ts', 'MAX_DEFINITION'],
  ['gateway/preview/bounded-preview.ts', 'MAX_BYTES'],
  ['gateway/preview/postgres-plan.ts', 'MAX_CHARACTERS'],
  ['gateway/session/call-preview.ts', 'ANSWER_MS'],
  ['gateway/session/client-session.ts', 'MAX_UNDER_WAY'],
  ['gateway/gate/held-calls.ts', 'MAX_HELD'],
  ['gateway/gate/held-tasks.ts', 'MAX_TASKS'],
  ['gateway/gate/held-tasks.ts', 'MAX_LENGTH'],
  ['gateway/gate/held-tasks.ts', 'KEPT_MS'],
  ['gateway/upstream/upstream.ts', 'MAX_WAITING'],
  ['gateway/channel/stdio.ts', 'MAX_UNSENT'],
  ['gateway/channel/http-server.ts', 'MAX_SESSIONS'],
  ['gateway/channel/http-server.ts', 'MAX_PROCESSES'],
  ['gateway/channel/http-server.ts', 'MAX_IDLE_MS'],
  ['gateway/message/meant-message.ts', 'MAX_MEMBERS'],
  ['gateway/upstream/list-tools.ts', 'MAX_PAGES'],
  ['gateway/upstream/read-offer.ts', 'TIMEOUT_MS'],
  ['gateway/config/gateway-config.ts', 'HOLD_SECONDS'],
  ['gateway/upstream/lasting-upstream.ts', 'MAX_PAUSE_MS'],
] as const

const UNITS: Readonly<Record<string, number>> = { MiB: 1024 ** 2, KiB: 1024, kB: 1000, seconds: 1000, minutes: 60_000 }

function writtenIn(file: string, name: string): number {
  const source = readFileSync(join(root, 'src', file), 'utf8')
  const [, product = ''] = new RegExp(`const ${name} = ([\\d_ *]+)`).exec(source) ?? []
  const value = product.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1)
  return name.endsWith('_SECONDS') ? value * 1000 : value
}

const rows = read('src/docs/mcp.md').rows.flatMap(([limit = '', value = '']) => {
  const [, number, unit = ''] = /^(\d+)(?: (MiB|KiB|kB|seconds|minutes|levels))?$/.exec(value) ?? []
  return number === undefined ? [] : [{ limit, value: Number(number) * (UNITS[unit] ?? 1) }]
})

it('has a row for each constant, in order', () => {
  expect(rows).toHaveLength(CONSTANTS.length)
})

it.each(rows.map((row, at) => ({ ...row, constant: CONSTANTS[at] ?? ['', ''] })))('$limit', ({ value, constant }) => {
  expect(value).toBe(writtenIn(constant[0], constant[1]))
})
