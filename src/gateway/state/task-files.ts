/**
 * Calls that wait as tasks, kept in files of a folder: a client that polls its task finds it after a restart. The call
 * is encrypted with a key from the gateway's credential, which the folder does not hold; its result is not kept.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type JsonObject, parseJson } from '@countersign/verifier'
import { isJsonObject } from '@countersign/verifier/authority'
import { folderOf, type Instance } from './instance.ts'
import { isPlainId, readObject, replaceFile, usable } from './state-file.ts'
import { type OpenRequest, requestIn } from './waiting-request.ts'

export interface KeptTask {
  /** Its last part is random: base64url. */
  readonly id: string
  readonly agent: string
  /** Of the call. */
  readonly key: string
  readonly request: OpenRequest
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** When it is over. */
  readonly endsAt: number
  /** The call, as the client sent it. */
  readonly params: JsonObject
}

export interface TaskFiles {
  /** Throws `StateUnusable`. */
  readonly keep: (task: KeptTask) => Promise<void>
  /** The task of this agent. Undefined for one that is over, of another agent, or under another credential. Throws `StateUnusable`. */
  readonly find: (id: string, agent: string) => Promise<KeptTask | undefined>
  readonly drop: (id: string) => Promise<void>
}

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const MAX_SWEPT = 1000

/** Takes away what is over. */
export async function createTaskFiles(instance: Instance, credential: string): Promise<TaskFiles> {
  const folder = folderOf(instance, 'tasks')
  const secret = Buffer.from(hkdfSync('sha256', credential, '', 'countersign mcp task', 32))
  // The id is the client's word.
  function fileOf(id: string): string {
    const name = id.slice(id.lastIndexOf('.') + 1)
    return join(folder, `${isPlainId(name) ? name : ''}.json`)
  }

  function seal(params: JsonObject, bound: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, secret, nonce).setAAD(Buffer.from(bound))
    const text = Buffer.concat([cipher.update(JSON.stringify(params), 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')
  }

  function unseal(sealed: string, bound: string): JsonObject | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    const [tagAt, textAt] = [NONCE_BYTES, NONCE_BYTES + TAG_BYTES]
    try {
      const cipher = createDecipheriv(ALGORITHM, secret, bytes.subarray(0, tagAt), { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(bound)).setAuthTag(bytes.subarray(tagAt, textAt))
      const text = Buffer.concat([cipher.update(bytes.subarray(textAt)), cipher.final()]).toString('utf8')
      const params = parseJson(text)
      return isJsonObject(params) ? params : undefined
    } catch {
      return undefined
    }
  }

  async function load(file: string): Promise<KeptTask | undefined> {
    const kept = await readObject(instance, file)
    const { id, agent, key, createdAt, endsAt, request, sealed } = kept ?? {}
    const open = isJsonObject(request) ? requestIn(request) : undefined
    if (typeof id !== 'string' || typeof agent !== 'string' || typeof key !== 'string' || !open) return undefined
    if (typeof createdAt !== 'number' || typeof endsAt !== 'number' || typeof sealed !== 'string') return undefined
    const params = endsAt > Date.now() ? unseal(sealed, boundTo({ id, agent, key })) : undefined
    return params && { id, agent, key, createdAt, endsAt, request: open, params }
  }

  const kept = await usable(instance, () => readdir(folder))
  for (const name of kept.filter((one) => one.endsWith('.json')).slice(0, MAX_SWEPT))
    if (!(await load(join(folder, name)))) await rm(join(folder, name), { force: true })
  return {
    async keep({ params, ...task }) {
      const sealed = seal(params, boundTo(task))
      await replaceFile(instance, fileOf(task.id), { ...task, sealed }, false)
    },
    async find(id, agent) {
      const task = await load(fileOf(id))
      return task?.id === id && task.agent === agent ? task : undefined
    },
    drop: (id) => rm(fileOf(id), { force: true }).catch(instance.failed),
  }
}

const boundTo = ({ id, agent, key }: Pick<KeptTask, 'id' | 'agent' | 'key'>): string => JSON.stringify([id, agent, key])
