/** One process has an embedded database open; the next is told who, and a dead one holds nothing up. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/authority/config.ts'
import { holdDataDir } from '../../src/node/data-dir-lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-lock-'))
})

const lost = (reason: string): never => {
  throw new Error(reason)
}
const hold = (directory = folder) => holdDataDir(directory, lost)

/** What a process leaves that is killed while it holds a socket. */
async function leaveSocketBehind(path: string): Promise<void> {
  const work = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))'
  await promisify(execFile)(process.execPath, ['-e', work, path]).catch(() => {})
}

describe('a data directory', () => {
  it('is held by one, and the next hears by whom', async () => {
    await hold()
    await expect(hold()).rejects.toThrow(ConfigError)
    await expect(hold()).rejects.toThrow(String(process.pid))
  })

  it('is lost where its file was removed, or replaced', async () => {
    for (const replace of [false, true]) {
      const { assertHeld, release } = await hold()
      assertHeld()
      await rm(join(folder, 'lock'))
      if (replace) await writeFile(join(folder, 'lock'), '')
      expect(assertHeld).toThrow(/no longer held/)
      await release()
      await rm(join(folder, 'lock'), { force: true })
    }
  })

  it('is free again once it was released', async () => {
    await (await hold()).release()
    await (await hold()).release()
  })

  it('is taken over from a process that was killed', async () => {
    await leaveSocketBehind(join(folder, 'lock'))
    expect(await readdir(folder)).toContain('lock')
    await (await hold()).release()
  })

  it('is held by one of several that take over at once', async () => {
    await leaveSocketBehind(join(folder, 'lock'))
    const outcomes = await Promise.allSettled([hold(), hold(), hold()])
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
  })

  it('is refused where its path is too long for a lock, before anything is written', async () => {
    await writeFile(join(folder, 'note'), '')
    await expect(hold(join(folder, 'x'.repeat(100)))).rejects.toThrow(/COUNTERSIGN_DATA_DIR/)
  })
})
