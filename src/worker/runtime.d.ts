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

/** What is used of the parser that Emscripten made of PostgreSQL's. Numbers are addresses. */
interface PgParser {
  readonly _malloc: (size: number) => number
  readonly _free: (address: number) => void
  readonly _wasm_parse_query_raw: (text: number) => number
  readonly _wasm_free_parse_result: (result: number) => void
  readonly getValue: (address: number, type: 'i32') => number
  readonly UTF8ToString: (address: number) => string
  readonly stringToUTF8: (text: string, address: number, size: number) => void
  readonly lengthBytesUTF8: (text: string) => number
}

declare module '*/libpg-query.js' {
  export default function createParser(options: {
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => object
  }): Promise<PgParser>
}
