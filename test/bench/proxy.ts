/** Approved calls a second through `countersign proxy`, against Debian's nginx with the njs recipe: the same calls. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ActionSpec } from '@countersign/verifier'
import { freePort } from '../setup/free-port.ts'
import { startRecipe } from '../setup/nginx-njs.ts'
import { startChild } from './child.ts'
import { alternate, type Bench, compare, figure } from './harness.ts'
import { load, post } from './load.ts'
import { FORUM } from './parties.ts'
import { startRedeemingProduct } from './redemption-ground.ts'

const ROUNDS = 5
const WARM_UPS = 2
const CALLS = 1000
const CONNECTIONS = 8
const COMMAND = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))

const ARGUMENTS = {
  method: 'POST',
  path: '/posts',
  content_type: 'application/json',
  body: { board: 'eng', text: 'The fix is out: please restart, and tell us how it went.', thread: 42 },
}
const ACTION = { name: 'forum.read', resource: ARGUMENTS.path, arguments: ARGUMENTS } satisfies Omit<ActionSpec, 'salt'>

const messageWith = (token: string) =>
  post('/posts', { 'content-type': ARGUMENTS.content_type, 'approval-token': token }, JSON.stringify(ARGUMENTS.body))

export const proxy: Bench = {
  name: 'proxy',
  about: 'approved calls a second through the proxy, 8 connections, against nginx with njs: redeemed and reported',
  async run({ databases }) {
    const authority = await startRedeemingProduct(databases)
    const { port: authorityPort, origin } = authority.product
    const { executorCredential: credential } = authority.parties
    const [nginxPort, upstreamPort] = [await freePort(), await freePort()]
    const places = { port: nginxPort, authorityPort, upstreamPort, audience: FORUM, credential }
    const upstream = `server { listen 127.0.0.1:${upstreamPort}; location / { return 200 done; } }`
    const nginx = await startRecipe({ ...places, action: ACTION.name }, upstream)
    const child = await startProxy(origin, upstreamPort, credential)
    const through = async (port: number) => {
      const messages = (await authority.tokens(CALLS, ACTION)).map(messageWith)
      return load({ port, messages, expected: 200, connections: CONNECTIONS })
    }
    const onProxy = () => through(Number(new URL(String(child.ready['url'])).port))
    const onNginx = () => through(nginxPort)
    try {
      await alternate(WARM_UPS, onProxy, onNginx)
      const rate = compare(await alternate(ROUNDS, onProxy, onNginx), ({ perSecond }) => perSecond)
      return [figure({ name: 'proxy', unit: 'calls/s', ...rate, target: { of: 'ratio', is: '≥', limit: 0.8 } })]
    } finally {
      await child.stop()
      await nginx.stop()
      await authority.stop()
    }
  },
}

async function startProxy(issuer: string, upstreamPort: number, credential: string) {
  const config = {
    issuer,
    audience: FORUM,
    credential: { env: 'FORUM_CREDENTIAL' },
    listen: { port: 0 },
    upstream: { origin: `http://127.0.0.1:${upstreamPort}` },
    routes: [{ methods: ['POST'], path: ARGUMENTS.path, action: ACTION.name }],
  }
  return startChild({
    script: COMMAND,
    args: (folder) => ['proxy', '--json', '--config', written(`${folder}/proxy.json`, config)],
    env: () => ({ FORUM_CREDENTIAL: credential }),
  })
}

function written(file: string, content: object): string {
  writeFileSync(file, JSON.stringify(content))
  return file
}
