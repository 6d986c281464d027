/** Every link of every document leads somewhere: files exist, headings exist, nothing is named that is gone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DOCUMENTS } from '../../src/docs/render.mjs'
import { documents, fromRoot, read, root } from './documents.ts'

const isExternal = (target: string) => /^https?:/.test(target)

function problemOf(folder: string, own: readonly string[], target: string): string | undefined {
  const [file = '', anchor] = target.split('#')
  const path = join(folder, file)
  if (file !== '' && !existsSync(path)) return `${target}: no such file`
  if (anchor === undefined) return undefined
  const anchors = file === '' ? own : path.endsWith('.md') ? read(fromRoot(path)).anchors : []
  return anchors.includes(anchor) ? undefined : `${target}: no such heading`
}

describe.each(documents)('$path', ({ folder, anchors, targets, text }) => {
  it('has links that resolve', () => {
    const own = targets.filter((target) => !isExternal(target))
    expect(own.map((target) => problemOf(folder, anchors, target)).filter(Boolean)).toEqual([])
  })

  it('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:src|test|drizzle)\/[\w./-]*\w)`/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([])
  })

  it('speaks of nothing but the project', () => {
    expect(text).not.toMatch(/\bDESIGN\b|\bSTYLE \d|STANDARDS/)
  })
})

describe('the documentation', () => {
  it('holds every document of its folder', () => {
    const files = readdirSync(join(root, 'src/docs')).filter((name) => name.endsWith('.md'))
    expect(files.sort()).toEqual(DOCUMENTS.map((slug) => `${slug}.md`).sort())
  })

  it('has every document in the README', () => {
    const { targets } = read('README.md')
    expect(DOCUMENTS.filter((slug) => !targets.includes(`src/docs/${slug}.md`))).toEqual([])
  })

  it('has a README of at most 200 lines, with a picture below 120 kB', () => {
    expect(read('README.md').text.split('\n').length).toBeLessThanOrEqual(200)
    expect(read('README.md').text).toContain('src="src/docs/approval.png"')
    expect(readFileSync(join(root, 'src/docs/approval.png')).length).toBeLessThan(120_000)
  })
})

describe('SPEC in comments', () => {
  const src = join(root, 'src')
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => /\.(tsx?|mjs)$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file))
  const headings = read('src/docs/specification.md').text.matchAll(/^##+ (\d+(?:\.\d+)?)/gm)
  const sections = [...headings].map(([, section = '']) => section)

  it('names sections that exist', () => {
    const cited = sources.flatMap((file) => {
      const lists = [...readFileSync(join(src, file), 'utf8').matchAll(/SPEC ((?:\d+(?:\.\d+)?(?:, | and | to )?)+)/g)]
      return lists.flatMap(([, list = '']) =>
        (list.match(/\d+(?:\.\d+)?/g) ?? []).map((section) => ({ file, section })),
      )
    })
    expect(cited.length).toBeGreaterThan(100)
    expect(cited.filter(({ section }) => !sections.includes(section))).toEqual([])
  })
})
