/** The built command: what it holds of installed packages, and what it leaves to be found when it runs. */
import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const dist = join(import.meta.dirname, '../../dist')
const modules = readdirSync(dist).filter((name) => name.endsWith('.js'))

it('leaves outside what loads files of its own, and what only the demo looks for', async () => {
  const { metafile } = await build({
    absWorkingDir: dist,
    entryPoints: modules,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'unwritten',
    write: false,
    metafile: true,
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  const imported = imports.filter(({ external }) => external).map(({ path }) => path)
  expect(imported).toContain('node:http')
  // esbuild names what it adds itself so.
  const outside = imported.filter((name) => name !== '<runtime>' && !isBuiltin(name))
  expect(new Set(outside.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]))).toEqual(
    new Set(['@electric-sql/pglite', '@modelcontextprotocol/sdk', 'libpg-query', 'playwright-core']),
  )
})

it('brings the licences of the packages that it holds', () => {
  const licences = readFileSync(join(dist, 'third-party-licences.txt'), 'utf8')
  for (const name of ['hono', 'jose', 'pino', 'prom-client', 'zod']) {
    const manifest = join(dist, '../node_modules', name, 'package.json')
    const { version, license } = JSON.parse(readFileSync(manifest, 'utf8'))
    expect(licences).toContain(`${name} ${version} (${license})\n`)
  }
  expect(licences).toContain('Apache License')
  expect(licences).toContain('Permission is hereby granted, free of charge')
})
