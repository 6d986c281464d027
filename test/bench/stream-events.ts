/** The events by which an authority tells executors of a switch, each with the heartbeat behind it. SPEC 9. */
import type { Selector } from '@countersign/verifier'
import { eventText } from '../../src/domain/server-event.ts'
import { steadyMs } from './harness.ts'

const upMs = (): number => Math.floor(steadyMs())

export const openedEvent = (): string => eventText('opened', { up_ms: upMs(), connection: 'bare' })
export const heartbeat = (): string => eventText('heartbeat', { up_ms: upMs() }, Date.now())

interface Engaged {
  readonly id: string
  readonly selector: Selector
}

/** `stop`: the number of the stop, from 1. */
export function engagedEvents({ id, selector }: Engaged, stop: number): string {
  const event = { id: stop, at: Math.floor(Date.now() / 1000), code: 'killed', killswitch: id, selector }
  return eventText('killswitch', { id, selector, standing: true }) + eventText('stop', event) + heartbeat()
}

export const releasedEvents = (id: string): string => eventText('killswitch', { id, standing: false }) + heartbeat()
