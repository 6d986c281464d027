/** The arguments of a call are read in turns of the event loop, and once for all who ask about them. */
import type { JsonObject } from '@countersign/verifier'
import { expect, it } from 'vitest'
import { findingsOf, readSignals } from '../../../../src/domain/policy/signals/read-signals.ts'
import { loadSql } from '../../../../src/domain/policy/signals/sql/read-sql.ts'
import { worstCases } from '../../../bench/worst-requests.ts'
import { turnsDuring } from '../../../setup/event-loop.ts'

const query = (given: JsonObject) => ({ name: 'forum.post', arguments: given, entry: undefined })

const nested = worstCases().find(({ name }) => name === 'payments in payments')?.arguments ?? {}
const many = { orders: Array.from({ length: 900 }, (_, at) => ({ price: at, iban: 'x' })) }

it.each<[string, JsonObject]>([
  ['payments in payments', nested],
  ['many objects', many],
])('%s are read in turns, as at once', async (_, given) => {
  const parse = await loadSql()
  expect(await turnsDuring(() => findingsOf(query(given)))).toBeGreaterThanOrEqual(3)
  expect((await findingsOf(query(given))).signals).toEqual(readSignals(query(given), parse))
})

it('two commands are read in a turn each', async () => {
  const given = { commands: ['ls; '.repeat(1500), 'pwd; '.repeat(1200)] }
  await loadSql()
  expect(await turnsDuring(() => findingsOf(query(given)))).toBeGreaterThanOrEqual(3)
})

it('the same arguments are read once, for one name and one entry', async () => {
  const given = { command: 'ls' }
  const first = findingsOf(query(given))
  expect(findingsOf(query(given))).toBe(first)
  expect(findingsOf({ ...query(given), name: 'file.remove' })).not.toBe(first)
  expect(findingsOf(query({ command: 'ls' }))).not.toBe(first)
  expect((await first).signals.shell).toBe(true)
})
