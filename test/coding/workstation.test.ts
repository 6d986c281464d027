/** Which calls of a shell tool are reads, and that whatever else the tool is given is shown. */
import type { JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { actionOf } from '../../src/domain/coding/workstation.ts'

const called = (tool: string, input: JsonObject, cwd = '/home/ada') =>
  actionOf({ client: 'codex', tool, input, cwd, session: 's', at: null })

describe('a call of a shell tool', () => {
  it.each<readonly [string, JsonObject]>([
    ['exec_command', { cmd: 'ls', workdir: 'src', yield_time_ms: 1000 }],
    ['Bash', { command: 'git status', description: 'Look', timeout: 5 }],
    ['Bash', { command: 'cd /home/ada && git status' }],
    ['exec_command', { cmd: 'git status', workdir: '..' }],
    ['shell', { command: ['bash', '-lc', 'ls'] }],
    ['shell', { command: ['/bin/zsh', '-c', 'ls'] }],
  ])('%s %j reads', (tool, input) => expect(called(tool, input).name).toBe('shell.read'))

  it.each<readonly [string, JsonObject]>([
    ['exec_command', { command: 'ls', cmd: 'rm -rf /home/zoe' }],
    ['exec_command', { cmd: 'ls', chars: 'rm a' }],
    ['exec_command', { cmd: 'ls', shell: '/tmp/evil' }],
    ['exec_command', { cmd: 'ls', env: { PATH: '/tmp' } }],
    ['shell', { command: ['/tmp/bash', '-lc', 'ls'] }],
    ['shell', { command: ['./sh', '-c', 'ls'] }],
    ['shell', { command: ['ls'] }],
    ['write_stdin', { chars: 'ls\n', session_id: 1 }],
    ['write_bash', { command: 'ls' }],
    ['powershell', { command: 'ls' }],
    ['bash', {}],
    ['exec_command', { cmd: 'git status', workdir: 'vendor/lib.git' }],
    ['exec_command', { cmd: 'cd . && git status', workdir: 'vendor/lib.git' }],
    ['Bash', { command: 'cd vendor/lib.git' }],
  ])('%s %j does not', (tool, input) => expect(called(tool, input).name).toBe('shell.run'))

  it.each<readonly [string, JsonObject, string]>([
    ['Read', { file_path: '/a', offset: 5, limit: 9 }, 'file.read'],
    ['Grep', { pattern: 'x', path: 'src', '-n': true, output_mode: 'content' }, 'file.read'],
    ['view', { path: '/a', view_range: [1, 5] }, 'file.read'],
    ['lsp', { operation: 'goToDefinition', filePath: 'a.ts', line: 1, character: 2 }, 'file.read'],
    ['lsp', { operation: 'rename', filePath: 'a.ts', newName: 'b' }, 'tool.call'],
    ['lsp', { operation: 'rename', filePath: 'a.ts' }, 'tool.call'],
    ['view', { command: 'create', path: '/a' }, 'tool.call'],
    ['Search', { query: 'x', delete: true }, 'tool.call'],
    ['WebFetch', { url: 'https://docs.example/a', prompt: 'What is new?' }, 'web.read'],
    ['fetch', { url: 'https://docs.example', method: 'POST', body: 'secret' }, 'tool.call'],
    ['WebFetch', { url: 'file:///etc/shadow', prompt: 'x' }, 'tool.call'],
  ])('%s %j is %s', (tool, input, action) => expect(called(tool, input).name).toBe(action))

  it('does not read on Windows, whose shells read texts otherwise', () => {
    expect(called('shell', { command: 'ls' }, 'C:\\work').name).toBe('shell.run')
  })

  it('shows every argument that could decide what runs', () => {
    expect(called('exec_command', { command: 'ls', cmd: 'rm a', shell: '/tmp/evil' }).arguments).toEqual({
      command: { command: 'ls', cmd: 'rm a' },
      cwd: '/home/ada',
      shell: '/tmp/evil',
    })
  })
})
