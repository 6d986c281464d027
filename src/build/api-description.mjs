/**
 * Makes the OpenAPI document once: made for its first reader, it would hold a process of the authority for a tenth of a
 * second. build.mjs runs it.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { replaceIfChanged } from './replace-if-changed.mjs'

const api = fileURLToPath(new URL('../api', import.meta.url))

/** Resolves to a line that says what was built. */
export async function buildDescription() {
  const { outputFiles } = await build({
    entryPoints: [join(api, 'openapi.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['countersign-source'],
    write: false,
  })
  const module = Buffer.from(outputFiles[0].contents).toString('base64')
  const { openApiDocument } = await import(`data:text/javascript;base64,${module}`)
  replaceIfChanged(join(api, 'openapi.gen.ts'), descriptionModule(JSON.stringify(openApiDocument())))
  return 'src/api/openapi.gen.ts'
}

const descriptionModule = (
  document,
) => `// The OpenAPI document, made of openapi.ts by src/build/api-description.mjs: change that, not this file.
/** The same for every authority; \`servers\` is empty. */
export const openApiText = ${JSON.stringify(document)}
`
