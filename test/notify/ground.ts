/** An authority whose messages go to real receivers; one pass of the courier at a time, so that tests decide when. */
import type { Client } from '../../src/client/client.ts'
import {
  type AuthorityOptions,
  addAgent,
  addExecutor,
  administer,
  enrolBy,
  enrolFirstAdmin,
  FORUM,
  mustSucceed,
  type Person,
  postAction,
  startAuthority,
  type TestAuthority,
} from '../setup/authority.ts'
import { createSubscription, type Mailbox, type Receiver, startMailServer, startReceiver } from './receivers.ts'

export interface Ground {
  readonly authority: TestAuthority
  readonly agent: Client
  readonly otherAgent: Client
  /** Admin and approver; admin alone; approver alone. */
  readonly ada: Person
  readonly max: Person
  readonly ben: Person
  readonly push: Receiver
  readonly hooks: Receiver
  readonly mailbox: Mailbox
  readonly propose: (more?: { agent?: Client; name?: string; expiresIn?: number }) => Promise<string>
  /** Enrols a browser; resolves to what reads the messages it was sent so far. */
  readonly enrolDevice: (person: Person, label?: string) => Promise<Device>
  readonly addWebhook: (kind: 'standard' | 'slack', path: string, events?: string[]) => Promise<AddedWebhook>
  readonly run: () => Promise<void>
  readonly stop: () => Promise<void>
}

export interface Device {
  readonly id: string
  readonly path: string
  readonly messages: () => Record<string, unknown>[]
}

export interface AddedWebhook {
  readonly id: string
  readonly secret: string | undefined
}

/** `before`: what is registered before there is an admin. */
export async function startGround(
  options: AuthorityOptions = {},
  before: (authority: TestAuthority) => Promise<void> = async () => {},
): Promise<Ground> {
  const [push, hooks, mailbox] = await Promise.all([startReceiver(), startReceiver(), startMailServer()])
  const authority = await startAuthority({
    ...options,
    settings: {
      COUNTERSIGN_PRIVATE_WEBHOOKS: 'true',
      COUNTERSIGN_SMTP_URL: mailbox.url,
      COUNTERSIGN_MAIL_FROM: 'countersign@authority.example',
      COUNTERSIGN_APPROVER_CALLS_PER_MINUTE: '100000',
      ...options.settings,
    },
  })
  const agent = authority.client(await addAgent(authority, 'helpdesk-agent'))
  const otherAgent = authority.client(await addAgent(authority, 'other-agent'))
  await addExecutor(authority)
  await before(authority)
  const ada = await enrolFirstAdmin(authority)
  const ben = await enrolBy(authority, ada, 'Ben Approver')
  const max = await enrolBy(authority, ada, 'Max Admin', ['admin'])
  // What the making of this ground would tell is not what the tests are about.
  await authority.services.courier.run()
  let devices = 0
  return {
    authority,
    agent,
    otherAgent,
    ada,
    max,
    ben,
    push,
    hooks,
    mailbox,
    propose: async ({ agent: by = agent, name = 'forum.post', expiresIn } = {}) => {
      const action = postAction('Secret words of the call', { name })
      const more = expiresIn === undefined ? {} : { expires_in: expiresIn }
      return mustSucceed(await by.call('openRequest', { body: { audience: FORUM, action, reason: 'Why so', ...more } }))
        .id
    },
    async enrolDevice(person, label = 'Phone') {
      const subscription = createSubscription()
      const path = `/push/${++devices}`
      const body = { endpoint: `${push.url}${path}`, keys: subscription.keys, label }
      const { id } = mustSucceed(await person.page.call('addDevice', { body }))
      const mine = () => push.received.filter((received) => received.path === path)
      return { id, path, messages: () => mine().map(({ body }) => JSON.parse(subscription.decrypt(body))) }
    },
    async addWebhook(kind, path, events = ['request.waiting', 'request.escalated', 'request.expired']) {
      const args = { url: `${hooks.url}${path}`, kind, events }
      const done = await administer(authority, ada, {
        name: 'countersign.webhook.add',
        resource: 'webhooks',
        arguments: args,
      })
      const { webhooks } = mustSucceed(await authority.operator.call('listWebhooks'))
      await authority.services.courier.run()
      // Not the test that it was tried with.
      hooks.received.length = 0
      return { id: webhooks.at(-1)?.id ?? '', secret: done.credential }
    },
    run: authority.services.courier.run,
    async stop() {
      await authority.stop()
      await Promise.all([push.close(), hooks.close(), mailbox.close()])
    },
  }
}
