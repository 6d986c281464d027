/**
 * Connections for single statements, each a client of postgres.js of its own. Reads that are made in one turn of the event
 * loop share a connection, a few at a time: the driver writes them to its socket at once, and a write costs more than a
 * small read. Each is a transaction of its own, and fails alone. Nothing that was made in the same turn waits behind a
 * statement that changes rows, since that may wait for a lock, or behind a search.
 */
import type postgres from 'postgres'
import type { Gather } from '../gather.ts'

/** Reads of one turn on one connection: the last waits for the others. */
const MOST_TOGETHER = 8

type Driver = postgres.Sql<{ bigint: number }>

/** As much of the driver's client as is used. */
export interface Client extends Pick<Driver, 'end'> {
  readonly unsafe: <Row>(...call: Parameters<Driver['unsafe']>) => Promise<readonly Row[]>
}

interface Lane {
  readonly client: Client
  underWay: number
}

/** A connection is opened when all others are at work. */
export function lanesOf(max: number, gather: Gather, connect: () => Client): Client {
  const lanes: Lane[] = []
  let ofThisTurn: { readonly lane: Lane; left: number } | undefined

  function add(): Lane {
    const lane = { client: connect(), underWay: 0 }
    lanes.push(lane)
    return lane
  }

  const freest = (): Lane =>
    lanes.find(({ underWay }) => underWay === 0) ??
    (lanes.length < max ? add() : lanes.reduce((one, other) => (other.underWay < one.underWay ? other : one)))

  function laneFor(text: string): Lane {
    if (!isShortRead(text)) return freest()
    if (ofThisTurn === undefined) {
      gather(() => {
        ofThisTurn = undefined
      })
    }
    if (ofThisTurn === undefined || ofThisTurn.left === 0) ofThisTurn = { lane: freest(), left: MOST_TOGETHER }
    ofThisTurn.left -= 1
    return ofThisTurn.lane
  }

  return {
    unsafe<Row>(...call: Parameters<Client['unsafe']>) {
      const lane = laneFor(call[0])
      lane.underWay += 1
      return lane.client.unsafe<Row>(...call).finally(() => {
        lane.underWay -= 1
      })
    },
    end: async (options) => {
      await Promise.all(lanes.map(({ client }) => client.end(options)))
    },
  }
}

const BEGINS_A_READ = /^[\s(]*(?:SELECT|WITH)\b/i
const MAY_WAIT = /\b(?:INSERT|UPDATE|DELETE|SHARE|pg_\w+)\b/i

/** Of statements that are compiled once, so they are few; searches are compiled for their filters. */
const known = new Map<string, boolean>()

function isShortRead(text: string): boolean {
  if (!BEGINS_A_READ.test(text)) return false
  const short = known.get(text) ?? !MAY_WAIT.test(text)
  known.set(text, short)
  return short
}
