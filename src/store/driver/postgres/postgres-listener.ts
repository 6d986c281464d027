/**
 * Listens to the announcements of other database sessions, across breaks of the connection: after one it reconnects
 * until it succeeds, then announces `MISSED`. Works around `listen` of postgres.js, which reconnects on the client that
 * lost the connection (porsager/postgres#1215); once such clients recover, `sql.listen` with `onlisten` can replace it.
 */
import { MISSED } from '../database.ts'
import { type Clients, clientsOf } from './postgres-clients.ts'

const PAUSE_MS = 250

export async function listenOn(
  url: string,
  options: Parameters<typeof clientsOf>[1],
  channel: string,
  listener: (topic: string) => void,
): Promise<() => Promise<void>> {
  let state: 'listening' | 'returning' | 'stopped' = 'returning'
  const heard = { onnotify: (_channel: string, topic: string) => listener(topic) }
  const clients: Clients = clientsOf(url, { ...options, max: 1, ...heard }, () => {
    if (state === 'listening') void again()
  })

  async function subscribe(): Promise<void> {
    await clients.current().unsafe(`LISTEN ${channel}`)
    if (state === 'returning') state = 'listening'
  }

  async function again(): Promise<void> {
    state = 'returning'
    while (state === 'returning') {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      await subscribe().then(
        () => listener(MISSED),
        () => clients.renew(0),
      )
    }
  }

  async function stop(): Promise<void> {
    state = 'stopped'
    await clients.close()
  }

  try {
    await subscribe()
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}
