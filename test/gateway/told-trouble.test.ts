/** What a gateway leaves out of its log. */
import { expect, it } from 'vitest'
import { tellTrouble } from '../../src/gateway/gate/authority-trouble.ts'
import { PreviewRefused } from '../../src/gateway/gate/tool-call.ts'

it('logs no word of a server about a preview, and a bounded part of other errors', () => {
  const lines: string[] = []
  const tell = tellTrouble('https://authority.example', (line) => void lines.push(line))
  tell(new PreviewRefused('the content of the file'))
  tell(new Error('x'.repeat(300_000)))
  expect(lines.join()).not.toContain('the content of the file')
  expect(lines).toHaveLength(2)
  expect(lines.join().length).toBeLessThan(1000)
})
