/** The report: what it says, and what no id in a ledger can make it say. */
import { describe, expect, it } from 'vitest'
import { audit } from '../../src/audit/audit.ts'
import { reportHtml } from '../../src/audit/report/report.ts'
import { createWorld, LATER, nodeCrypto, START, type World } from './world.ts'

const period = { from: START, to: LATER }

async function report(world: World, of = period) {
  const source = await world.source()
  const result = await audit({ source, key: world.logKey, kept: [], crypto: nodeCrypto, now: LATER, period: of })
  return reportHtml({ result, period: of, vkey: 'a+b+c', firstUse: true, earlier: 2, now: LATER })
}

describe('a report', () => {
  it('of an honest ledger says so, and what it rests on', async () => {
    const world = await createWorld()
    await world.request({ by: [world.ada] })
    const html = await report(world)
    for (const said of [
      'Nothing was found.',
      'approve.example/log',
      'rebuilt from the entries',
      'not checked: the log came without it, or it cannot be read',
      'Art. 14(1)',
      'GOVERN',
    ]) {
      expect(html).toContain(said)
    }
    expect(html).toContain('2 tokens rest on signatures of people and 0 on a policy alone')
    expect(html).toContain('It is no finding that any duty is met.')
  })

  it('lists findings with their entries', async () => {
    const world = await createWorld()
    await world.request({ by: [world.ada], quorum: 2 })
    const html = await report(world)
    expect(html).toContain('<code>token_quorum</code>')
    expect(html).toMatch(/class="verdict bad">(One finding|\d+ findings)/)
  })

  it('needs nothing from anywhere, and runs nothing', async () => {
    const html = await report(await createWorld())
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\/(?!approve|forum)/)
    expect(html).toContain("default-src 'none'")
  })

  it('shows ids as text, whoever chose them', async () => {
    const world = await createWorld()
    const agent = '<img src=x onerror=alert(1)>\u202Egnp'
    world.write('agent.added', { agent, bootstrap: true, principals: [] })
    const html = await report(world)
    expect(html).not.toContain('<img')
    expect(html).not.toContain('\u202E')
    expect(html).toContain('&#60;img')
  })

  it('counts its period alone', async () => {
    const world = await createWorld()
    expect(await report(world, { from: START + 50_000, to: LATER })).toContain('<dt>Entries</dt><dd>0</dd>')
  })
})
