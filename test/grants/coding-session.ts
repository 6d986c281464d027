/**
 * A scripted coding session of 100 tool calls under the default policy: an agent reads, writes, pays and destroys, and
 * asks for a grant where it knows that many calls of one kind follow. The person consents to whatever is asked.
 */
import type { ActionSpec } from '@countersign/verifier'
import { mustSucceed } from '../setup/authority.ts'
import { ask, askGrant, type Ground, present, session, writing } from './ground.ts'

export interface SessionFigures {
  readonly calls: number
  /** How often a person was asked. */
  readonly interruptions: number
  readonly underGrant: number
  /** Destructive calls that ran without a person asked about that very call. */
  readonly destructiveUnderGrant: number
}

const reading = (path: string): ActionSpec => ({ ...writing(path), name: 'file.read', arguments: { path } })
const purging = (path: string): ActionSpec => ({ ...writing(path), name: 'file.purge', arguments: { path } })
const paying = (amount: number): ActionSpec => ({
  ...writing(''),
  name: 'order.pay',
  resource: 'account:ci',
  arguments: { amount, to: 'runner' },
})

/** 40 reads, 45 writes of sources and 10 of tests, 4 payments, and one purge within the reach of a grant's prefix. */
function script(): readonly ActionSpec[] {
  const calls: ActionSpec[] = []
  for (let at = 0; at < 40; at++) calls.push(reading(`src/part-${at % 9}.ts`))
  for (let at = 0; at < 45; at++) calls.splice(at * 2, 0, writing(`src/part-${at % 9}/file-${at}.ts`))
  for (let at = 0; at < 10; at++) calls.push(writing(`test/part-${at}.test.ts`))
  for (let at = 0; at < 4; at++) calls.push(paying(10 + at / 4))
  calls.push(purging('src/part-1.ts'))
  return calls
}

export async function runSession(ground: Ground): Promise<SessionFigures> {
  let interruptions = 0
  const consent = async (id: string) => {
    interruptions++
    mustSucceed(await ground.ada.consent(id))
  }
  const grants = [
    { uses: 60, arguments: { path: { prefix: 'src/' } }, action: session() },
    { uses: 20, arguments: { path: { prefix: 'test/' } }, action: session() },
    {
      uses: 10,
      arguments: { amount: { max: 20, sum: 50 } },
      action: { name: 'order.pay', resource: 'account:ci', arguments: { to: 'runner' } },
    },
  ]
  for (const wanted of grants) await consent(mustSucceed(await askGrant(ground, wanted)).id)
  const verifier = ground.verifier()
  let [underGrant, destructiveUnderGrant] = [0, 0]
  const calls = script()
  for (const call of calls) {
    const opened = mustSucceed(await ask(ground, call))
    if (opened.grant !== undefined) underGrant++
    if (opened.grant !== undefined && call.name === 'file.purge') destructiveUnderGrant++
    if (opened.state === 'pending') await consent(opened.id)
    await present(ground, opened.token ?? (await collected(ground, opened.id)), call, verifier)
  }
  return { calls: calls.length, interruptions, underGrant, destructiveUnderGrant }
}

async function collected({ agent, key, authority }: Ground, id: string): Promise<string> {
  const dpop = await key.proof('POST', `${authority.config.origin}/requests/${id}/token`)
  return mustSucceed(await agent.call('collectToken', { params: { id }, headers: { dpop } })).token
}
