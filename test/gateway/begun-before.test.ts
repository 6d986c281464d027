/** What was asked for before something changed tells nothing of it afterwards: lists of tools, the agent, the catalogue. */
import type { JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { createCurrentReading } from '../../src/gateway/current-reading.ts'
import { createAgentStanding } from '../../src/gateway/gate/agent-standing.ts'
import type { Outcome } from '../../src/gateway/message/json-rpc.ts'
import { createSessionTools } from '../../src/gateway/session/session-tools.ts'
import { createPublishedTools } from '../../src/gateway/upstream/published-tools.ts'
import { waitFor } from '../setup/wait-for.ts'

/** What is asked for is answered by hand. */
function byHand<T>() {
  const asked: ((value: T) => void)[] = []
  const ask = () => new Promise<T>((resolve) => void asked.push(resolve))
  /** The answer to the next question, once it is asked. */
  const next = () => waitFor(() => asked.shift() ?? expect.fail('Nothing is asked for'))
  return { asked, ask, next, answer: async (value: T) => (await next())(value) }
}

const listOf = (...descriptions: readonly string[]): Outcome => ({
  result: { tools: descriptions.map((description) => ({ name: 'look', description })) },
})

function sessionTools() {
  const server = byHand<Outcome>()
  const published = { publish: async () => null, isInForce: async () => true, isAway: () => false }
  const tools = createSessionTools({ name: 'files', request: server.ask }, published)
  /** The tools change while they are listed. */
  async function overtaken() {
    const answer = await server.next()
    tools.forget()
    answer(listOf('old'))
  }
  return { server, tools, overtaken }
}

describe('a list of tools', () => {
  it.each([
    ['the next call reads it anew', 1],
    ['however often that happens', 2],
  ])('that was begun before a change counts for nothing: %s', async (_, changes) => {
    const { server, tools, overtaken } = sessionTools()
    const found = tools.find('look', {})
    for (let change = 0; change < changes; change++) await overtaken()
    await server.answer(listOf('new'))
    expect((await found)?.definition['description']).toBe('new')
    expect(server.asked).toEqual([])
  })

  it('that the client asked for before a change is shown to it, and no call rests on it', async () => {
    const { server, tools } = sessionTools()
    const turn = tools.begin()
    tools.forget()
    const old = listOf('old')
    expect(await tools.take('result' in old ? old.result : {}, turn)).toHaveLength(1)
    expect(tools.knows('look')).toBe(false)
    const found = tools.find('look', {})
    await server.answer(listOf('new'))
    expect((await found)?.definition['description']).toBe('new')
  })

  it('that was begun before an approved call is looked at does not answer for it', async () => {
    const { server, tools } = sessionTools()
    const first = tools.find('look', {})
    await server.answer(listOf('old'))
    const tool = (await first) ?? expect.fail('none')
    const another = tools.find('other', {})
    const isStill = tools.isStill(tool, {})
    const answerOther = await server.next()
    await server.answer(listOf('new'))
    expect(await isStill).toBe(false)
    answerOther(listOf('old'))
    expect(await another).toBeUndefined()
    expect((await tools.find('look', {}))?.definition['description']).toBe('new')
  })

  it('of a server that changes each time is given up, with a reason', async () => {
    const { server, tools, overtaken } = sessionTools()
    const found = tools.find('look', {})
    for (let change = 0; change < 3; change++) await overtaken()
    expect(await found).toBeUndefined()
    expect(tools.trouble()).toContain('changed its tools each time')
    expect(server.asked).toEqual([])
  })
})

type Answer = { readonly ok: boolean } & JsonObject
const YES = { ok: true, value: { kind: 'agent', subject: 'a' } }
const NO = { ok: false, problem: { code: 'killed', detail: 'Stopped.' } }
const authority = (ask: () => Promise<Answer>): Client => Object({ call: ask })

describe('the standing of an agent', () => {
  it('that was asked for before a refusal is not believed after it', async () => {
    const { ask, answer, asked } = byHand<Answer>()
    const standing = createAgentStanding('a', authority(ask), 'urn:x')
    const before = standing.check()
    standing.doubt()
    const after = standing.check()
    await answer(YES)
    expect(await before).toBeUndefined()
    expect(standing.isGood()).toBe(false)
    await answer(NO)
    expect(await after).toMatchObject({ code: 'killed' })
    expect(asked).toEqual([])
  })

  it('that an evaluation rested on before another was refused is not believed', () => {
    const standing = createAgentStanding('a', authority(byHand<Answer>().ask), 'urn:x')
    const instant = performance.now()
    standing.doubt()
    standing.seenAt(instant)
    expect(standing.isGood()).toBe(false)
    standing.seenAt(performance.now() + 1)
    expect(standing.isGood()).toBe(true)
  })
})

it('a catalogue that was read before an instant is read again for it', async () => {
  const { ask, answer, asked } = byHand<Answer>()
  const published = createPublishedTools(authority(ask))
  const entry = { name: 'files.look', pin: 'sha-256:x' as const }
  const catalogue = (pin: string) => ({ ok: true, value: { catalogue: [{ name: 'files.look', pin }] } })
  const early = published.isInForce(entry)
  const late = published.isInForce(entry, performance.now() + 0.001)
  await answer(catalogue(entry.pin))
  expect(await early).toBe(true)
  await answer(catalogue('sha-256:y'))
  expect(await late).toBe(false)
  expect(asked).toEqual([])
})

describe('a shared reading', () => {
  it('is joined by those for whom it began late enough, and the others share the next', async () => {
    const { ask, answer, asked } = byHand<string>()
    const read = createCurrentReading(ask)
    const instant = performance.now()
    const first = read(instant)
    const joined = read(instant)
    const later = [read(), read()]
    await answer('first')
    expect([await first, await joined]).toEqual(['first', 'first'])
    await answer('second')
    expect(await Promise.all(later)).toEqual(['second', 'second'])
    expect(asked).toEqual([])
  })

  it('that fails costs only those who wait for it', async () => {
    let reads = 0
    const read = createCurrentReading(async () => {
      if (++reads === 1) throw new RangeError('broken')
      return reads
    })
    const first = read()
    const second = read(performance.now() + 0.001)
    await expect(first).rejects.toThrow('broken')
    expect(await second).toBe(2)
  })
})
