/** Lets the conformance suite start on Node 20, whose fs has no globSync: the suite needs it to find traces alone. */
import { register } from 'node:module'

const fs = "export * from 'node:fs'; export { default } from 'node:fs'; export const globSync = () => []"
const script = (text) => `data:text/javascript,${encodeURIComponent(text)}`
const hooks = `
  export const resolve = (specifier, context, next) =>
    specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/')
      ? { url: ${JSON.stringify(script(fs))}, shortCircuit: true }
      : next(specifier, context)`
register(script(hooks))
