/** Arguments that change or are read otherwise between consent and call, and frameworks that retry or call at once. */
import { type AgentClient, AuthorityError, type Proposal, withConsent } from '@countersign/client'
import { describe, expect, it } from 'vitest'
import { helpdeskWorld, POST, watched } from './helpdesk-world.ts'

const world = await helpdeskWorld()

let calls = 0
function desk(more: { readonly onPending?: () => void; readonly body?: () => Promise<string> } = {}) {
  const { client, next, count } = watched(world.countersign)
  const forum = world.forum()
  const { body, onPending = () => {} } = more
  const guarded = body
    ? world.verifier.guard('forum.post', { resource: forum.call.resource, run: body })
    : forum.call.run
  const proposed: Proposal[] = []
  const propose: AgentClient['propose'] = (proposal, options) => {
    proposed.push(JSON.parse(JSON.stringify(proposal)))
    return client.propose(proposal, options)
  }
  const tool = withConsent(
    { ...client, propose },
    {
      ...forum.call,
      run: guarded,
      reason: ({ text }) => `Says ${text}`,
      preview: ({ text }) => ({ changes: [{ label: 'text', before: null, after: text }] }),
      onPending,
    },
  )
  /** What people are shown, which is the same whenever the call is proposed. */
  const shown = () => {
    const texts = new Set(proposed.map((one) => JSON.stringify(one)))
    expect(texts.size).toBe(1)
    return proposed[0]
  }
  const run = (args: object, callId = `hostile-${++calls}`, signal?: AbortSignal) =>
    tool.run(args as typeof POST, callId, { signal })
  return { run, forum, next, count, shown }
}

/** Another text with every reading. */
const shifty = (read: (texts: () => string) => object) => {
  let readings = 0
  return read(() => `Text ${++readings}`)
}

describe('arguments', () => {
  it.each<readonly [string, () => object]>([
    [
      'with a getter',
      () =>
        shifty((text) => ({
          thread: '42',
          get text() {
            return text()
          },
        })),
    ],
    [
      'behind a proxy',
      () =>
        shifty(
          (text) =>
            new Proxy({ ...POST }, { get: (target, name) => (name === 'text' ? text() : Reflect.get(target, name)) }),
        ),
    ],
    [
      'whose resource changes',
      () =>
        shifty((text) => ({
          text: 'Hello',
          get thread() {
            return text()
          },
        })),
    ],
  ])('%s are read once: what people saw is what runs', async (_, make) => {
    const { run, forum, next, shown } = desk()
    const running = run(make())
    const { id } = await next()
    const { action, reason, preview } = shown() ?? {}
    const { text, thread } = action?.arguments ?? {}
    expect({ reason, after: preview?.changes[0]?.after, resource: action?.resource }).toEqual({
      reason: `Says ${text}`,
      after: text,
      resource: `forum:eng/threads/${thread}`,
    })
    await world.consent(id)
    await running
    expect(forum.posts).toEqual([{ text, thread }])
  })

  it('that are changed while people decide do not reach the call', async () => {
    const args = { ...POST }
    const { run, forum, next } = desk({
      onPending: () => {
        args.text = 'Throw it away.'
      },
    })
    const running = run(args)
    await world.consent((await next()).id)
    await running
    expect(forum.posts).toEqual([POST])
  })

  it.each<readonly [string, () => unknown]>([
    ['a Map', () => new Map([['text', 'x']])],
    ['a Date', () => new Date()],
    ['an instance of a class', () => Object.assign(new (class Post {})(), { text: 'x' })],
    ['a value with toJSON', () => ({ toJSON: () => 'harmless' })],
    ['undefined', () => undefined],
    ['a bigint', () => 1n],
    ['not a number', () => Number.NaN],
    ['half a surrogate pair', () => '\ud800'],
    ['a list with holes', () => new Array(2)],
    ['inherited members', () => Object.create({ text: 'x' })],
  ])('that hold %s are refused, and nobody is asked', async (_, make) => {
    const { run, forum, count } = desk()
    const refused = { refused: 'invalid', code: 'invalid_request' }
    expect(await run({ thread: '42', text: make() })).toMatchObject(refused)
    expect({ posts: forum.posts, asked: count() }).toEqual({ posts: [], asked: 0 })
  })

  it('with names of a prototype are data, and pollute nothing', async () => {
    const { run, next, forum, shown } = desk()
    const running = run(JSON.parse('{"thread":"42","text":"x","__proto__":{"admin":true},"constructor":"c"}'))
    const { id } = await next()
    expect(JSON.stringify(shown()?.action.arguments)).toContain('"__proto__":{"admin":true}')
    await world.consent(id)
    await running
    expect(forum.posts).toEqual([{ thread: '42', text: 'x' }])
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})

describe('a framework', () => {
  it('that retries a body which threw does not run it again with the same consent', async () => {
    let runs = 0
    const body = async () => {
      runs++
      throw new Error('The forum is down')
    }
    const { run, next } = desk({ body })
    const running = run(POST, 'retried')
    const failing = expect(running).rejects.toThrow('The forum is down')
    await world.consent((await next()).id)
    await failing
    expect(await run(POST, 'retried')).toMatchObject({ refused: 'executor', code: 'token_redeemed' })
    expect(runs).toBe(1)
  })

  it('that makes the same call twice at once has one run for one consent, and two calls are two requests', async () => {
    const { run, forum, next, count } = desk()
    const twice = [run(POST, 'parallel'), run(POST, 'parallel')]
    await world.consent((await next()).id)
    const results = await Promise.all(twice)
    expect(results.filter((result) => typeof result === 'string')).toHaveLength(1)
    expect(results).toContainEqual(expect.objectContaining({ refused: 'executor', code: 'token_redeemed' }))
    expect(forum.posts).toEqual([POST])
    const others = [run(POST, 'one'), run(POST, 'other')]
    const [first, second] = [await next(), await next()]
    expect(first.id).not.toBe(second.id)
    await world.consent(first.id)
    await world.deny(second.id, 'Once is enough')
    expect(await Promise.all(others)).toContainEqual(expect.objectContaining({ refused: 'denied' }))
    expect(forum.posts).toHaveLength(2)
    expect(count()).toBe(3)
  })

  it('that gives no id runs nothing', async () => {
    const { forum } = desk()
    const tool = withConsent(world.countersign, forum.call)
    await expect(tool.run(POST, undefined as unknown as string)).rejects.toThrow(TypeError)
    expect(forum.posts).toEqual([])
  })

  it('is not told of a denial where the body itself was denied something else', async () => {
    const body = async () => {
      throw new AuthorityError({ code: 'request_denied', detail: 'Another call was denied.', state: 'denied' })
    }
    const { run, next } = desk({ body })
    const running = expect(run(POST)).rejects.toThrow('Another call was denied.')
    await world.consent((await next()).id)
    await running
  })

  it('that has aborted the run while the consent came does not run it', async () => {
    const controller = new AbortController()
    const forum = world.forum()
    const wait: typeof world.countersign.wait = async (...given) => {
      const token = await world.countersign.wait(...given)
      controller.abort()
      return token
    }
    const { client, next } = watched({ ...world.countersign, wait })
    const running = withConsent(client, forum.call).run(POST, 'aborted', { signal: controller.signal })
    const failing = expect(running).rejects.toThrow(/abort/i)
    await world.consent((await next()).id)
    await failing
    expect(forum.posts).toEqual([])
  })
})
