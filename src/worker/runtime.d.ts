/** What the Workers runtime and its bundler offer beyond the web platform, as far as it is used here. */

declare module 'cloudflare:workers' {
  /** The bindings, or what `withEnv` put in their place. */
  export const env: Readonly<Record<string, unknown>>
  /** Runs `work`, and all that it starts, with another `env`. */
  export function withEnv<T>(env: Readonly<Record<string, unknown>>, work: () => T): T
  /** An object of which there is one by its name; it is its own scope for input and output. */
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
