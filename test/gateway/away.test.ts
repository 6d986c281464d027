/** An authority that is away, an approval that is cut off or not used in time, a server that goes or changes meanwhile. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort, mustSucceed } from '../setup/authority.ts'
import { waitFor } from '../setup/wait-for.ts'
import { type CutLine, layLine } from './cut-line.ts'
import { approveTools, countLines, type Ground, nextRequest, openSession, startGround, waiting } from './ground.ts'
import { connectRaw, type RawClient } from './raw-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'away-'))
const file = (name: string) => join(folder, name)
const runsOf = (text: string) => countLines(file('calls'), text)

let ground: Ground
let line: CutLine
let raw: RawClient
beforeAll(async () => {
  const [seen, behind] = [await freePort(), await freePort()]
  const args = [fileURLToPath(new URL('fake-server.mjs', import.meta.url)), folder]
  const tools = { note: 'write', hang: 'write', '*': 'read' }
  const fake = { command: process.execPath, args, tools }
  line = await layLine(seen, behind)
  const settings = { COUNTERSIGN_ORIGIN: `http://localhost:${seen}`, COUNTERSIGN_PORT: String(behind) }
  ground = await startGround({ fake }, { hold_seconds: 20 }, settings)
  await approveTools(ground)
})
afterAll(async () => {
  await line.close()
  await ground.stop()
})
beforeEach(async () => {
  line.mend()
  raw = await connectRaw(openSession(ground))
})

afterEach(() => void vi.restoreAllMocks())

/** Longer than a token lives, and shorter than a request waits. */
function later(seconds: number): void {
  const now = Date.now.bind(Date)
  vi.spyOn(Date, 'now').mockImplementation(() => now() + seconds * 1000)
}

const REFUSAL = 'io.countersign/refusal'
const refusalOf = async (id: number) => {
  const [answer] = await raw.answers(id)
  expect(answer?.result?.['isError']).toBe(true)
  return Object(answer?.result?.['_meta'])[REFUSAL]
}
const note = (id: number, text: string) => raw.call(id, 'note', { text })

async function expectNoted(id: number, text: string): Promise<void> {
  expect(JSON.stringify(await raw.answers(id))).toContain('noted')
  expect(runsOf(text)).toBe(1)
  expect(await waiting(ground)).toEqual([])
}

describe('an authority that is away', () => {
  it('lets nothing run, and what policy allows runs when it is back', async () => {
    raw.call(1, 'look')
    await raw.answers(1)
    line.cut()
    raw.call(2, 'look')
    expect(await refusalOf(2)).toMatchObject({ status: 'authority_unreachable', executed: false })
    line.mend()
    raw.call(3, 'look')
    expect(JSON.stringify(await raw.answers(3))).toContain('seen')
  })

  it('from the start on: no tool is in force, until it is back', async () => {
    line.cut()
    const gateway = await ground.another()
    raw = await connectRaw(openSession({ gateway }))
    raw.send({ id: 1, method: 'tools/list' })
    raw.call(2, 'lie')
    for (const id of [1, 2])
      expect((await raw.answers(id))[0]?.error).toMatchObject({
        code: -32603,
        data: { status: 'authority_unreachable', executed: false },
      })
    line.mend()
    raw.call(3, 'lie')
    expect(JSON.stringify(await raw.answers(3))).toContain('yours')
    await gateway.close()
  })

  it('between question and answer: the call is held, and runs once when it is back', async () => {
    note(1, 'held')
    const { id } = await nextRequest(ground)
    line.cut()
    mustSucceed(await ground.ben.consent(id))
    line.mend()
    await expectNoted(1, 'held')
  })

  it('when the token is collected: the approval is kept, and the same call runs once', async () => {
    note(1, 'collected')
    const { id } = await nextRequest(ground)
    line.cutAt(`/requests/${id}/token`)
    mustSucceed(await ground.ben.consent(id))
    expect(await refusalOf(1)).toMatchObject({ status: 'authority_unreachable', executed: false, request: id })
    expect(runsOf('collected')).toBe(0)
    line.mend()
    note(2, 'collected')
    await expectNoted(2, 'collected')
  })

  it('after the token was spent: it does not run, nor later with the same approval', async () => {
    note(1, 'spent')
    const { id } = await nextRequest(ground)
    line.cutAt('POST /redemptions ', 'after')
    mustSucceed(await ground.ben.consent(id))
    expect(await refusalOf(1)).toMatchObject({ status: 'authority_unreachable', executed: false })
    line.mend()
    note(2, 'spent')
    expect(await refusalOf(2)).toMatchObject({ status: 'indeterminate', executed: 'unknown' })
    expect(runsOf('spent')).toBe(0)
    note(3, 'spent')
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    await expectNoted(3, 'spent')
  })

  it('when the outcome is reported: the client has its result, and the call ran once', async () => {
    note(1, 'reported')
    line.cutAt('/outcome')
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    await expectNoted(1, 'reported')
  })
})

describe('a call', () => {
  it('whose approval is stopped while it runs is cut off, at the server too', async () => {
    raw.call(1, 'hang')
    mustSucceed(await ground.ben.consent((await nextRequest(ground)).id))
    await waitFor(() => expect(existsSync(file('hung'))).toBe(true))
    const selector = { action: 'fake.hang' }
    const { id } = mustSucceed(
      await ground.authority.operator.call('engageKillSwitch', { body: { selector, reason: 'A test' } }),
    )
    expect(await refusalOf(1)).toMatchObject({ status: 'killed' })
    await waitFor(() => expect(existsSync(file('cancelled'))).toBe(true))
    expect(id).toBeDefined()
  })
})

describe('a server', () => {
  it('that goes while a call waits is started again for it', async () => {
    note(1, 'gone')
    const { id } = await nextRequest(ground)
    raw.call(2, 'die')
    await raw.answers(2)
    mustSucceed(await ground.ben.consent(id))
    await expectNoted(1, 'gone')
  })

  it('that changes a tool while its call waits, and says nothing, gets no call of it until people have seen it', async () => {
    note(1, 'changed')
    const { id } = await nextRequest(ground)
    writeFileSync(file('description'), 'Notes something, and tells everybody.')
    mustSucceed(await ground.ben.consent(id))
    expect((await raw.answers(1))[0]?.error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('not used'),
    })
    expect(runsOf('changed')).toBe(0)
    await approveTools(ground)
    raw = await connectRaw(openSession(ground))
    await waitFor(async () => {
      raw.send({ id: 2, method: 'tools/list' })
      expect(JSON.stringify(await raw.answers(2))).toContain('tells everybody')
    })
    note(3, 'changed')
    await expectNoted(3, 'changed')
  })
})

// Last: a clock that goes back would make the state of the authority stale.
describe('an approval', () => {
  it('that was not used in time is renewed: people are asked anew, and one consent is enough', async () => {
    const gateway = await ground.another()
    const first = await connectRaw(openSession({ gateway }))
    first.call(1, 'note', { text: 'late' })
    const { id } = await nextRequest(ground)
    await gateway.close()
    mustSucceed(await ground.ben.consent(id))
    const agent = ground.authority.client(ground.environment['AGENT_CREDENTIAL'] ?? '')
    mustSucceed(await agent.call('collectToken', { params: { id } }))
    later(300)
    const next = await ground.another()
    raw = await connectRaw(openSession({ gateway: next }))
    note(1, 'late')
    expect(await refusalOf(1)).toMatchObject({ status: 'request_expired', executed: false })
    const renewed = await nextRequest(ground)
    expect(renewed.id).not.toBe(id)
    note(2, 'late')
    mustSucceed(await ground.ben.consent(renewed.id))
    await expectNoted(2, 'late')
    await next.close()
  })
})
