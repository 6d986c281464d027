/** What a gateway leaves alone as it starts, and what it leaves out of its log. */
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { tellTrouble } from '../../src/gateway/gate/authority-trouble.ts'
import { createHeldFiles } from '../../src/gateway/gate/held-files.ts'
import { PreviewRefused } from '../../src/gateway/gate/tool-call.ts'

it('leaves the locks and the half-written files of other gateways alone, and sweeps what is over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'held-'))
  const others = ['a.json.lock', 'b.json.4711']
  for (const name of [...others, 'over.json']) writeFileSync(join(folder, name), '')
  await createHeldFiles(folder, () => {})
  expect(readdirSync(folder).sort()).toEqual(others)
})

it('logs no word of a server about a preview, and a bounded part of other errors', () => {
  const lines: string[] = []
  const tell = tellTrouble('https://authority.example', (line) => void lines.push(line))
  tell(new PreviewRefused('the content of the file'))
  tell(new Error('x'.repeat(300_000)))
  expect(lines.join()).not.toContain('the content of the file')
  expect(lines).toHaveLength(2)
  expect(lines.join().length).toBeLessThan(1000)
})
