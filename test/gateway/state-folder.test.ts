/** The state folder that gateways share: who has ended, who asks alone, what is swept, and a folder that cannot be used. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createHeldFiles } from '../../src/gateway/state/held-files.ts'
import { createInstance, folderOf, type Instance } from '../../src/gateway/state/instance.ts'
import { createRunJournal } from '../../src/gateway/state/run-journal.ts'
import { StateUnusable } from '../../src/gateway/state/state-file.ts'
import { waitFor } from '../setup/wait-for.ts'

const newFolder = () => mkdtempSync(join(tmpdir(), 'state-'))
const failures: unknown[] = []
const open: Instance[] = []
async function started(folder: string, beatMs = 20): Promise<Instance> {
  const instance = await createInstance({ folder, beatMs, failed: (error) => void failures.push(error) })
  open.push(instance)
  return instance
}
const filesOf = (instance: Instance) => createHeldFiles(instance, new AbortController().signal)
const beatsOf = (folder: string, id: string) => join(folder, 'instances', id)

afterEach(async () => {
  for (const instance of open.splice(0)) await instance.close()
})

const becomesGone = (instance: Instance, id: string) =>
  waitFor(async () => expect(await instance.isGone(id)).toBe(true))

describe('another gateway', () => {
  it('has ended when it beats no more, whatever has its process id; one that beats has not', async () => {
    const folder = newFolder()
    const [instance, other] = [await started(folder), await started(folder)]
    writeFileSync(beatsOf(folder, 'dead'), '7')
    expect(await instance.isGone('dead')).toBe(false)
    expect(await instance.isGone(other.id)).toBe(false)
    await becomesGone(instance, 'dead')
    await becomesGone(instance, `${process.pid}`)
    expect(await instance.isGone(other.id)).toBe(false)
    expect(await instance.isGone(instance.id)).toBe(false)
  })

  it('that was suspended is alive again with its next beat', async () => {
    const folder = newFolder()
    const instance = await started(folder)
    writeFileSync(beatsOf(folder, 'suspended'), '7')
    await becomesGone(instance, 'suspended')
    writeFileSync(beatsOf(folder, 'suspended'), '8')
    expect(await instance.isGone('suspended')).toBe(false)
  })

  it('is not taken for ended because its file is deleted: it writes it again', async () => {
    const folder = newFolder()
    const [instance, other] = [await started(folder), await started(folder)]
    rmSync(folder, { recursive: true })
    await waitFor(() =>
      expect(readdirSync(folderOf(instance, 'instances')).sort()).toEqual([instance.id, other.id].sort()),
    )
    expect(await instance.isGone(other.id)).toBe(false)
  })
})

describe('what gateways have left', () => {
  it('is swept once they have ended; that of others is left alone', async () => {
    const folder = newFolder()
    const [instance, other] = [await started(folder), await started(folder)]
    const runs = folderOf(instance, 'runs')
    const theirs = [`a.json.${other.id}`, 'a.json']
    for (const name of [...theirs, 'b.json.4711', 'c.json.lock']) writeFileSync(join(runs, name), '{}')
    for (const name of [`k.${other.id}`, 'k.4711']) writeFileSync(join(folderOf(instance, 'asking'), name), '')
    await waitFor(() => expect(readdirSync(runs).sort()).toEqual(theirs.sort()))
    await waitFor(() => expect(readdirSync(folderOf(instance, 'asking'))).toEqual([`k.${other.id}`]))
  })

  it('is swept at the start where it is over, or no state', async () => {
    const folder = newFolder()
    const instance = await started(folder)
    const over = JSON.stringify({ id: 'i', url: 'u', expiresAt: 1 })
    const elsewhere = JSON.stringify({ id: '../i', url: 'u', expiresAt: Date.now() })
    for (const [name, text] of [
      ['over', over],
      ['elsewhere', elsewhere],
      ['broken', '{'],
    ])
      writeFileSync(join(folder, `${name}.json`), text ?? '')
    await filesOf(instance)
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([])
  })
})

it.each([
  ['its token', { jti: '../policies?x=' }],
  ['its request', { request: '../../x' }],
])('a run whose id of %s would lead elsewhere is none', async (_, changed) => {
  const instance = await started(newFolder())
  const { signal } = new AbortController()
  const send = async () => new Response(undefined, { status: 201 })
  const executor = { issuer: 'http://localhost', audience: 'urn:x' }
  const journal = createRunJournal({ ...executor, instance, credential: 'c', ended: 'GatewayEnded', send, signal })
  const run = { ...executor, request: 'r', jti: 'j', use: 1, by: 'gone', at: Date.now() }
  const write = (entry: object) => writeFileSync(join(folderOf(instance, 'runs'), 'r.j.1.json'), JSON.stringify(entry))
  write(run)
  expect(await journal.hasBegun('r')).toBe(true)
  write({ ...run, ...changed })
  expect(await journal.hasBegun('r')).toBe(false)
})

describe('the same call at several gateways', () => {
  it('is asked about by one at a time', async () => {
    const folder = newFolder()
    const all = await Promise.all(Array.from({ length: 5 }, () => started(folder)))
    const files = await Promise.all(all.map(filesOf))
    let inside = 0
    let done = 0
    const ask = async () => {
      expect(++inside).toBe(1)
      for (let turn = 0; turn < 5; turn++) await setImmediate()
      inside--
      done++
    }
    await Promise.all(
      files.map(async (one) => {
        for (let round = 0; round < 4; round++) await one.alone('key', ask)
      }),
    )
    expect(done).toBe(20)
    expect(readdirSync(join(folder, 'asking'))).toEqual([])
  })

  it('waits for a gateway that lives, and soon goes on after one that has ended', async () => {
    const folder = newFolder()
    const [instance, other] = [await started(folder), await started(folder)]
    const files = await filesOf(instance)
    writeFileSync(join(folder, 'asking', 'key.dead'), '')
    expect(await files.alone('key', async (holds) => holds())).toBe(true)
    const order: string[] = []
    let release = () => {}
    const held = (await filesOf(other)).alone(
      'key',
      () =>
        new Promise<void>((resolve) => {
          release = resolve
        }),
    )
    await waitFor(() => expect(readdirSync(join(folder, 'asking'))).toEqual([`key.${other.id}`]))
    const waits = files.alone('key', async () => void order.push('after'))
    await becomesGone(instance, 'nobody')
    expect(order).toEqual([])
    release()
    await Promise.all([held, waits])
    expect(order).toEqual(['after'])
  })
})

describe('a folder that cannot be used', () => {
  it('keeps nothing and starts nothing, and is used again once it can be', async () => {
    const folder = newFolder()
    const instance = await started(folder)
    const files = await filesOf(instance)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
    const request = { id: 'i', url: 'u', expiresAt: Date.now() / 1000 + 60 }
    await expect(files.keep('key', request)).rejects.toThrow(StateUnusable)
    await expect(files.load('key')).rejects.toThrow(StateUnusable)
    await expect(files.alone('key', async () => expect.fail('not alone'))).rejects.toThrow(StateUnusable)
    await expect(createInstance({ folder, failed: () => {} })).rejects.toMatchObject({ code: 'ENOTDIR' })
    expect(failures).not.toEqual([])
    rmSync(folder)
    mkdirSync(folder)
    await waitFor(() => files.keep('key', request))
    expect(await files.load('key')).toEqual(request)
  })
})
