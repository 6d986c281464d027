/** What a preview takes a server's answer for: a text that people are shown, nothing there, or no answer that can be shown. */
import type { JsonObject } from '@countersign/verifier'
import { describe, expect, it } from 'vitest'
import { CallRefused, PreviewRefused } from '../../src/gateway/gate/tool-call.ts'
import { createToolPreview } from '../../src/gateway/preview/tool-preview.ts'

const text = (words: string) => ({ type: 'text', text: words })
const embedded = (resource: object) => ({ type: 'resource', resource: { uri: 'file:///doc', ...resource } })
const image = (data: string) => ({ type: 'image', mimeType: 'image/png', data })

/** What people see of a call that replaces what the server answers with, and the state. */
async function seen(
  result: object,
  { path = 'doc', member }: { readonly path?: string; readonly member?: string } = {},
) {
  const read = { tool: 'look', arguments: { path: '{path}' }, ...(member !== undefined && { member }) }
  const preview = createToolPreview(
    { read, after: 'content' },
    { tool: 'put', read: async () => ({ result: result as JsonObject }) },
  )
  const args = { path, content: 'new' }
  const state = await preview.state(args)
  const { changes } = await preview.preview(args)
  return { state, before: changes[0]?.before }
}

describe('an answer', () => {
  it.each<[string, object[], string]>([
    ['of a text', [text('old')], 'old'],
    ['of an empty text', [text('')], ''],
    ['of a text in an embedded resource', [embedded({ text: 'old' })], 'old'],
    ['of an empty embedded text', [embedded({ text: '' })], ''],
    ['of texts and an image', [text('one'), image('AA=='), embedded({ text: 'two' })], 'one\ntwo'],
  ])('%s is shown', async (_, content, before) => {
    expect(await seen({ content })).toMatchObject({ before, state: expect.stringMatching(/^sha-256:/) })
  })

  it.each<[string, object, string]>([
    ['of an image', { content: [image('AA==')] }, 'is an image alone'],
    [
      'of an embedded resource without text',
      { content: [embedded({ blob: 'AA==' })] },
      'is a resource without text alone',
    ],
    ['of a link', { content: [{ type: 'resource_link', uri: 'file:///doc' }] }, 'is a link alone'],
    ['of structured content', { content: [], structuredContent: { body: 'old' } }, 'is structured content alone'],
    ['of nothing', { content: [] }, 'is empty'],
    ['without content', {}, 'is empty'],
  ])('%s is no empty text: the call is refused', async (_, result, words) => {
    const problem = { code: 'state_unknown', isLasting: true, detail: expect.stringContaining(words) }
    await expect(seen(result)).rejects.toMatchObject({ name: CallRefused.name, problem })
  })

  it('of structured content is shown by the member that the preview names, or refused without it', async () => {
    const result = { content: [], structuredContent: { body: 'old', at: 1 } }
    const first = await seen(result, { member: 'body' })
    expect(first.before).toBe('old')
    expect(await seen({ ...result, structuredContent: { body: 'old', at: 2 } }, { member: 'body' })).toEqual(first)
    await expect(seen(result, { member: 'text' })).rejects.toThrow('the answer of the server has no member text.')
  })

  it('has another state where anything in it is another, and the same where it is only marked otherwise', async () => {
    const { state } = await seen({ content: [text('same'), image('AA==')] })
    const marked = { ...text('same'), annotations: { priority: 1 }, _meta: { at: 1 } }
    expect(await seen({ content: [marked, image('AA==')] })).toMatchObject({ state })
    const others = [
      { content: [text('same'), image('BB==')] },
      { content: [text('same')] },
      { content: [text('same'), image('AA==')], structuredContent: { size: 1 } },
    ]
    for (const other of others) expect((await seen(other)).state).not.toBe(state)
  })
})

describe('an error', () => {
  const error = (words: string, more: object = {}) => ({ content: [text(words)], isError: true, ...more })
  const ABSENT = { state: 'absent', before: null }

  it.each([
    ['ENOENT: no such file or directory, open "/etc/page.html"', '/etc/page.html'],
    ["ENOENT: no such file or directory, open '/x/not-found.html'", '/x/not-found.html'],
    ['404 Not Found: /404.html', '/404.html'],
    ['{"status":404}', '/page'],
    ['NOT_FOUND', 'page'],
    ['Page 7 does not exist', '7'],
  ])('%s means that nothing is at %s', async (words, path) => {
    expect(await seen(error(words), { path })).toEqual(ABSENT)
  })

  it.each([
    ["EACCES: permission denied, open '/etc/404.html'", '/etc/404.html'],
    ["EACCES: permission denied, open 'not found/x'", '/etc/./not found/x'],
    ["EACCES: permission denied, open '/etc/not found'", '/etc/not%20found'],
    ["EACCES: permission denied, open 'ENOENT'", 'enoent'],
    ['Error 14042: try later', 'page'],
    ['Permission denied: no such file', 'no such file'],
  ])('%s does not mean that nothing is at %s: the call is refused', async (words, path) => {
    await expect(seen(error(words), { path })).rejects.toThrow(PreviewRefused)
  })

  it('with a status is judged by that alone', async () => {
    expect(await seen(error('Gone', { structuredContent: { status: 404 } }), { path: '404' })).toEqual(ABSENT)
    await expect(seen(error('Not found', { structuredContent: { status: 403 } }))).rejects.toThrow(PreviewRefused)
  })
})
