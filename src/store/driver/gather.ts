/**
 * Calls that arrive while others are on their way to the database go there together.
 *
 * In: a function that answers many inputs with one statement. Out: one that takes a single input.
 * Nobody waits for company longer than it takes to read what has arrived by then. Each input keeps its own verdict; when a batch
 * fails for another reason than an absent database, its inputs are tried one by one, so none suffers for another's.
 */
import { StoreUnavailable } from '../../domain/refusal.ts'

const MAX_TOGETHER = 64
/** Batches on their way at once: while the database works on one, the next is made ready. */
const MAX_UNDER_WAY = 2

/** Calls `send` once what has arrived by now was read: `setImmediate`, where there is one. */
export type Gather = (send: () => void) => void

interface Waiting<Input, Output> {
  readonly input: Input
  readonly resolve: (output: Output) => void
  readonly reject: (error: unknown) => void
}

/**
 * `keyOf`: inputs of one key never share a batch, since a statement does not see its own rows. Without it all may.
 */
export function inBatches<Input, Output>(
  gather: Gather,
  run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
  keyOf?: (input: Input) => string,
): (input: Input) => Promise<Output> {
  let queue: Waiting<Input, Output>[] = []
  let underWay = 0
  let isGathering = false

  function take(): readonly Waiting<Input, Output>[] {
    const keys = new Set<string>()
    const taken: Waiting<Input, Output>[] = []
    const left: Waiting<Input, Output>[] = []
    for (const waiting of queue) {
      const key = keyOf?.(waiting.input)
      const fits = taken.length < MAX_TOGETHER && (key === undefined || !keys.has(key))
      if (key !== undefined) keys.add(key)
      ;(fits ? taken : left).push(waiting)
    }
    queue = left
    return taken
  }

  async function answer(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    try {
      const outputs = await run(batch.map(({ input }) => input))
      for (const [at, output] of outputs.entries()) batch[at]?.resolve(output)
    } catch (error) {
      if (batch.length > 1 && !(error instanceof StoreUnavailable)) {
        for (const waiting of batch) await answer([waiting])
        return
      }
      for (const { reject } of batch) reject(error)
    }
  }

  function go(): void {
    while (queue.length > 0 && underWay < MAX_UNDER_WAY) {
      underWay++
      void answer(take()).finally(() => {
        underWay--
        go()
      })
    }
  }

  // A statement costs as much to send as several of its rows, and answers to one batch bring their calls back at once.
  function goSoon(): void {
    if (isGathering) return
    isGathering = true
    gather(() => {
      isGathering = false
      go()
    })
  }

  return (input) =>
    new Promise((resolve, reject) => {
      queue.push({ input, resolve, reject })
      goSoon()
    })
}

/** In batches where calls may share a statement, else, without `gather`, one by one. */
export const shared = <Input, Output>(
  gather: Gather | undefined,
  run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
  keyOf?: (input: Input) => string,
): ((input: Input) => Promise<Output>) =>
  gather ? inBatches(gather, run, keyOf) : async (input) => (await run([input]))[0] as Output
