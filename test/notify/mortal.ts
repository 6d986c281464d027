/**
 * A courier that dies by SIGKILL at a step it was told, before it or after its commit.
 *
 * In: environment: DATABASE_URL, its keys, the authority's ORIGIN, how many seconds its clock is AHEAD, `DIE` as
 * `<verb> <before|after>`. Ends only by dying.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createCourier } from '../../src/authority/notify/courier.ts'
import { importNotifyKeys } from '../../src/authority/notify/notify-keys.ts'
import { createPost } from '../../src/node/pinned-post.ts'
import type { NotifyStore } from '../../src/store/contract/notify-store.ts'
import { createStore } from '../../src/store/create-store.ts'
import { connectPostgres } from '../../src/store/driver/postgres/connect-postgres.ts'

const { DATABASE_URL = '', KEYS = '', ORIGIN = '', DIE = '', AHEAD = '' } = process.env
const [verb, when] = DIE.split(' ')

/** The same store, on which the wanted call kills the process once it has, or would have, something to do. */
const mortal = (store: NotifyStore): NotifyStore =>
  new Proxy(store, {
    get(target, name) {
      const real: unknown = Reflect.get(target, name)
      if (name !== verb || typeof real !== 'function') return real
      return async (...args: unknown[]) => {
        if (when === 'before') process.kill(process.pid, 'SIGKILL')
        const result: unknown = await Reflect.apply(real, target, args)
        if (result !== 0) process.kill(process.pid, 'SIGKILL')
        return result
      }
    },
  })

const courier = createCourier({
  store: mortal(createStore(connectPostgres(DATABASE_URL), [])),
  transports: {
    origin: ORIGIN,
    keys: await importNotifyKeys(JSON.parse(KEYS), ORIGIN),
    post: createPost(true),
    mail: null,
  },
  rules: { limit: 6, foldSeconds: 60 },
  newId: () => randomBytes(16).toString('base64url'),
  random: Math.random,
  now: () => Math.floor(Date.now() / 1000) + Number(AHEAD),
  woken: (timeoutMs) => pause(timeoutMs),
  ended: () => {},
  failed: (error) => process.stderr.write(`${error instanceof Error ? error.stack : error}\n`),
})
courier.start()
// Should it never come to the step, its end says so by its code.
await pause(20_000)
process.exit(3)
