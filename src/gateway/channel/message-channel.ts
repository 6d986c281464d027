/** A channel of messages to and from one peer. It decides nothing. */
import type { Id, Message, Unreadable } from '../message/json-rpc.ts'
import type { Headers } from './credential-port.ts'
import type { Room } from './room.ts'

export interface Channel {
  /**
   * `about`: the request of the other side that the message belongs to, where the channel has a stream for each.
   * `credential`: got for this message already, where the other side wants one for each.
   */
  readonly send: (message: Message, about?: Id, credential?: Headers) => void
  /** Ends it; `ended` is called once, whoever ended it. */
  readonly close: () => void
}

/** Called by a channel, in the order in which things happen. */
export interface Receiver {
  readonly received: (message: Message) => void
  /** Something came that is no message: nothing of it was read. A client has been told so. */
  readonly unreadable: (fault: Unreadable) => void
  readonly ended: (reason: string) => void
  /** For what has come in part. */
  readonly room: Room
}

export type OpenChannel = (receiver: Receiver) => Channel
