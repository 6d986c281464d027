/**
 * Batches calls: those that arrive while others are under way share a statement. A call waits for others only until
 * pending input was read. Each input keeps its own verdict: when a batch fails, except for an absent database, its
 * inputs are tried one by one.
 */
import { StoreUnavailable } from '../../domain/refusal.ts'

const MAX_TOGETHER = 64
/** Batches under way at once: one is prepared while the database works on another. */
const MAX_UNDER_WAY = 2

/** Calls `send` once pending input was read: `setImmediate` where it exists. */
export type Gather = (send: () => void) => void

interface Waiting<Input, Output> {
  readonly input: Input
  readonly resolve: (output: Output) => void
  readonly reject: (error: unknown) => void
}

/**
 * One by one without `gather`. `keyOf`: inputs with the same key never share a batch, since a statement does not see its own rows. Default: none has
 * a key. `mostUnderWay`: batches at once.
 */
export function shared<Input, Output>(
  gather: Gather | undefined,
  run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
  keyOf?: (input: Input) => string,
  mostUnderWay: number = MAX_UNDER_WAY,
): (input: Input) => Promise<Output> {
  if (!gather) return async (input) => (await run([input]))[0] as Output
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
    while (queue.length > 0 && underWay < mostUnderWay) {
      underWay++
      void answer(take()).finally(() => {
        underWay--
        go()
      })
    }
  }

  // Sending a statement costs as much as several of its rows, and the answers of a batch return together.
  const goSoon = (): void => {
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
