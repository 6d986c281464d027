/** Which calls of a shell tool are reads, and that whatever else the tool is given is shown. */
import { ApprovalError, type JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { previewOf } from '../../src/domain/coding/coding-preview.ts'
import { readHookInput } from '../../src/domain/coding/hook-input.ts'
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
    [
      'shell',
      { command: ['bash', '-lc', 'ls'], with_escalated_permissions: false, sandbox_permissions: 'use_default' },
    ],
    ['run_shell_command', { command: 'ls', directory: '', dir_path: '.', cwd: null }],
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
    ['Bash', { command: 'ls', dangerouslyDisableSandbox: true }],
    ['shell', { command: ['bash', '-lc', 'ls'], sandbox_permissions: 'require_escalated' }],
    ['run_shell_command', { command: 'git status', cwd: '/home/ada', dir_path: 'vendor' }],
    ['run_shell_command', { command: 'git status', cwd: ['vendor', '.'] }],
    ['run_shell_command', { command: 'git status', dir_path: { path: 'vendor' } }],
  ])('%s %j does not', (tool, input) => expect(called(tool, input).name).toBe('shell.run'))

  it.each<readonly [string, JsonObject, string]>([
    ['Read', { file_path: '/a', offset: 5, limit: 9 }, 'file.read'],
    ['Grep', { pattern: 'x', path: 'src', '-n': true, output_mode: 'content' }, 'file.read'],
    ['view', { path: '/a', view_range: [1, 5] }, 'file.read'],
    ['lsp', { operation: 'goToDefinition', filePath: 'a.ts', line: 1, character: 2 }, 'file.read'],
    ['lsp', { operation: 'rename', filePath: 'a.ts', newName: 'b' }, 'tool.call'],
    ['lsp', { operation: 'rename', filePath: 'a.ts' }, 'tool.call'],
    ['Skill', { skill: 'x' }, 'tool.call'],
    ['Task', { prompt: 'x' }, 'agent.plan'],
    ['view', { command: 'create', path: '/a' }, 'tool.call'],
    ['Search', { query: 'x', delete: true }, 'tool.call'],
    ['WebFetch', { url: 'https://docs.example/a', prompt: 'What is new?' }, 'web.read'],
    ['fetch', { url: 'https://docs.example', method: 'POST', body: 'secret' }, 'tool.call'],
    ['WebFetch', { url: 'file:///etc/shadow', prompt: 'x' }, 'tool.call'],
    ['web_fetch', { prompt: 'Read https://docs.example' }, 'web.read'],
    ['web_fetch', { url: 'https://docs.example', prompt: 'Read https://other.example' }, 'tool.call'],
    ['Read', { file_path: '/home/ada/a', path: 'a' }, 'file.read'],
    ['Read', { file_path: '/home/ada/a', path: '/home/ada/.ssh/id' }, 'tool.call'],
    ['rg', { pattern: 'x', paths: ['src'] }, 'file.read'],
    ['rg', { pattern: 'x', paths: ['src', '/home/zoe'] }, 'tool.call'],
    ['codebase_search', { query: 'x', path: 'src', target_directories: ['/home/zoe'] }, 'tool.call'],
    ['read_many_files', { include: ['src/**/*.ts'] }, 'file.read'],
    ['read_many_files', { include: ['src/*', '/home/zoe/*'], path: 'README.md' }, 'tool.call'],
    ['Grep', { pattern: '/x', glob: '*.{ts,/home/zoe/*}' }, 'tool.call'],
    ['Grep', { pattern: '/x', glob: '*.{ts,tsx}' }, 'file.read'],
    ['Glob', { pattern: '/home/ada/src/*' }, 'file.read'],
    ['Glob', { pattern: '../zoe/*' }, 'tool.call'],
    ['write_file', { file_path: '/a', content: 'x' }, 'file.write'],
    ['create', { file_path: '/home/ada/notes', path: '/home/ada/.bashrc', file_text: 'x' }, 'tool.call'],
    ['NotebookEdit', { file_path: '/a', notebook_path: '/b', new_source: 'x' }, 'tool.call'],
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

  it('in one of several folders has all of them, and is in none that a policy names', () => {
    const input = { command: 'rm -rf build', workdir: '/tmp/x', dir_path: '/home/ada/precious' }
    expect(called('shell', input)).toEqual({
      name: 'shell.run',
      resource: 'codex',
      arguments: { command: 'rm -rf build', cwd: { workdir: '/tmp/x', dir_path: '/home/ada/precious' } },
    })
  })

  it('that leaves the sandbox says so', () => {
    expect(called('Bash', { command: 'ls', dangerouslyDisableSandbox: true, prefix_rule: ['ls'] }).arguments).toEqual({
      ...{ command: 'ls', cwd: '/home/ada' },
      ...{ dangerouslyDisableSandbox: true, prefix_rule: ['ls'] },
    })
  })
})

it('a call of a file tool that names several files has all its arguments', () => {
  const input = { file_path: '/home/ada/notes', path: '/home/ada/.bashrc', file_text: 'x' }
  expect(called('create', input)).toMatchObject({ resource: 'codex', arguments: { tool: 'create', arguments: input } })
})

describe('a change is shown', () => {
  const shown = (input: JsonObject) => {
    const call = { client: 'codex', tool: 'edit', input, cwd: '/home/ada', session: 's', at: null } as const
    return previewOf(call, actionOf(call))?.changes
  }
  it('as its texts state it', () => {
    const change = { label: '/a', before: 'x', after: 'y' }
    expect(shown({ path: '/a', old_str: 'x', new_str: 'y' })).toEqual([change])
    expect(shown({ path: '/a', edits: [{ old_string: 'x', new_string: 'y' }] })).toEqual([change])
  })

  it.each<JsonObject>([
    { path: '/a', content: 'harmless', file_text: 'other' },
    { path: '/a', old_str: 'x', old_string: 'z', new_str: 'y' },
    { path: '/a', edits: [{ old_str: 'x', new_str: 'y' }], new_string: 'other' },
  ])('not where it could be another: %j', (input) => expect(shown(input)).toBeUndefined())
})

describe('the input of a hook', () => {
  it('that tells its call twice is refused', () => {
    const body = { hook_event_name: 'beforeShellExecution', command: 'rm x', cwd: '' }
    expect(readHookInput('cursor', body, 1)).toMatchObject({ tool: 'shell', input: { command: 'rm x' } })
    expect(() => readHookInput('cursor', { ...body, tool_input: { command: 'ls' } }, 1)).toThrow(ApprovalError)
    expect(() => readHookInput('cursor', { hook_event_name: 'toString' }, 1)).toThrow(ApprovalError)
  })

  it('with a doubled member is shown as it stands', () => {
    const text = '{"file_path":"/a","file_path":"/b"}'
    const call = readHookInput('copilot', { toolName: 'view', toolArgs: text }, 1)
    expect(actionOf(call)).toMatchObject({ name: 'tool.call', arguments: { arguments: { input: text } } })
  })
})
