/**
 * Listening to what other sessions of the database announce, over breaks of the connection.
 *
 * In: how to connect, a channel, a listener. Out: a function that ends it. After a break it connects anew until it
 * succeeds, and tells the listener that anything may have been announced meanwhile.
 */
import { MISSED } from './database.ts'
import { type Clients, clientsOf } from './postgres-client.ts'

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
