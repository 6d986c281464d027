/** What `hook install` writes: entries before and after a call, and what the administrator of a machine has to pin. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CLIENT_SETTINGS, withHook, withoutHook } from '../../src/coding/install/client-settings.ts'
import { hookCommand, installHook, isPinned, pinHooks } from '../../src/coding/install/install-hook.ts'
import { CLIENTS } from '../../src/domain/coding/coding-call.ts'

const settings = { url: 'https://approve.example', deadlineSeconds: 55 }
const command = (client: (typeof CLIENTS)[number], http = false) =>
  hookCommand(client, '/opt/hook.js', '/etc/hook.json', settings, http)
const scratch = () => mkdtempSync(join(tmpdir(), 'install-'))

describe('the hook after a call', () => {
  it.each([
    ['claude-code', ['PreToolUse', 'PostToolUse', 'PostToolUseFailure']],
    ['gemini', ['BeforeTool', 'AfterTool']],
    ['codex', ['PreToolUse']],
    ['cursor', ['beforeShellExecution', 'beforeMCPExecution', 'preToolUse', 'postToolUse', 'postToolUseFailure']],
    ['copilot', ['preToolUse', 'postToolUse']],
  ] as const)('of %s is there where the client says how calls end', (client, events) => {
    const written = withHook(client, {}, command(client))
    expect(Object.keys(written['hooks'] ?? {})).toEqual(events)
    expect(withoutHook(written)['hooks']).toEqual({})
  })

  it('blocks nothing', () => {
    for (const client of CLIENTS) {
      const { after = '' } = command(client)
      expect(after).toMatch(/ after >\/dev\/null 2>&1 \|\| true$/)
    }
    const { hooks } = withHook('claude-code', {}, command('claude-code', true)) as { hooks: Record<string, object[]> }
    expect(JSON.stringify(hooks['PostToolUse'])).toContain('"type":"http"')
    expect(JSON.stringify(hooks['PostToolUse'])).not.toContain('onFailure')
  })
})

describe('a managed hook', () => {
  const { pin } = CLIENT_SETTINGS.codex

  it('of Codex stands where its requirements are, which keep users from switching it off', () => {
    expect(CLIENT_SETTINGS.codex.places('linux').managed).toBe('/etc/codex/hooks.json')
    expect(pin).toEqual({ file: '/etc/codex/requirements.toml', table: 'features', line: 'hooks = true' })
  })

  it.each([
    ['[features]\nhooks = true\n', true],
    ['a = 1\n[features] # ours\n  hooks=true # on\n[hooks]\n', true],
    ['[features]\nother = true\n[tools]\nhooks = true\n', false],
    ['hooks = true\n', false],
    ['[features]\nhooks = false\n', false],
    ['[features]\n# hooks = true\n', false],
    ['', false],
  ])('%j: pinned is %s', (text, pinned) => {
    expect(isPinned(text, { table: 'features', line: 'hooks = true' })).toBe(pinned)
  })

  it('writes the line into a file of its own, and leaves a file of somebody else’s as it is', () => {
    const [file, other] = [join(scratch(), 'requirements.toml'), join(scratch(), 'requirements.toml')]
    const line = { table: 'features', line: 'hooks = true' }
    pinHooks({ file, ...line })
    pinHooks({ file, ...line })
    expect(readFileSync(file, 'utf8')).toBe('[features]\nhooks = true\n')
    writeFileSync(other, 'allowed_sandbox_modes = ["read-only"]\n')
    expect(() => pinHooks({ file: other, ...line })).toThrow(/does not say hooks = true in \[features\]/)
    expect(readFileSync(other, 'utf8')).toBe('allowed_sandbox_modes = ["read-only"]\n')
  })

  it('of Gemini CLI is switched on, whatever the file said', () => {
    const before = { hooksConfig: { enabled: false, notifications: false } }
    expect(withHook('gemini', before, command('gemini'))).toMatchObject({
      hooksConfig: { enabled: true, notifications: false },
    })
  })

  it('can be read by the users of the machine, and a user’s own by that user alone', () => {
    const [managed, own] = [join(scratch(), 'hooks.json'), join(scratch(), 'hooks.json')]
    installHook('codex', managed, command('codex'), 'everybody')
    installHook('codex', own, command('codex'), 'owner')
    expect([managed, own].map((file) => statSync(file).mode & 0o777)).toEqual([0o644, 0o600])
  })
})
