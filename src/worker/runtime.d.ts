/** The parts of the Workers runtime and its bundler, beyond the web platform, that are used here. */

declare module 'cloudflare:workers' {
  /** The bindings, or their replacement within `withEnv`. */
  export const env: Readonly<Record<string, unknown>>
  /** Runs `work`, and everything it starts, with another `env`. */
  export function withEnv<T>(env: Readonly<Record<string, unknown>>, work: () => T): T
  /** An object that exists once for each name, with input and output of its own. */
  export class DurableObject<Bindings> {
    constructor(ctx: DurableObject<Bindings>['ctx'], env: Bindings)
    protected readonly ctx: { waitUntil(work: Promise<unknown>): void }
    protected readonly env: Bindings
    fetch(request: Request): Promise<Response>
  }
}

declare module '*.sql' {
  const text: string
  export default text
}

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
