/** Every TypeScript sample compiles, strictly, against the packages as they are built. JavaScript samples parse. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { documents, root } from './documents.ts'

/** What samples use of the reader's own code. */
const READERS_CODE = `
interface Post { board: string; thread: string; text: string }
declare const forum: {
  post(args: Post, options: { signal: AbortSignal }): Promise<{ id: string }>
  edit(args: { post: string; text: string }, options: { signal: AbortSignal }): Promise<void>
  read(post: string): Promise<string>
  old(board: string): Promise<readonly string[]>
  remove(post: string): Promise<void>
}
declare const credential: string
declare function scriptPath(script: string): string
declare function runScript(script: string, options: { state: string | undefined; signal: AbortSignal }): Promise<void>
declare function textOf(body: unknown): string
declare function toPost(board: string | undefined, thread: string | undefined, body: unknown): Post
`

it('samples compile', () => {
  const folder = join(root, 'node_modules/.cache/samples')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'readers-code.d.ts'), READERS_CODE)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  let count = 0
  for (const { path, blocks } of documents) {
    for (const { language, text, line } of blocks) {
      if (language !== 'ts' && language !== 'js') continue
      count += 1
      const name = `${path.replaceAll('/', '_')}-${line}.${language}`
      writeFileSync(join(folder, name), `${text}export {}\n`)
    }
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.json',
      compilerOptions: {
        composite: false,
        incremental: false,
        emitDeclarationOnly: false,
        noEmit: true,
        allowJs: true,
        customConditions: [],
        noUnusedLocals: false,
        types: ['node'],
        lib: ['ES2023', 'DOM', 'DOM.Iterable'],
        rootDir: root,
      },
      include: ['*'],
      references: [],
      files: [],
    }),
  )
  expect(count).toBeGreaterThan(4)
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: root, encoding: 'utf8' })
  expect(stdout).toBe('')
})
