/** Debian's nginx with njs, running the recipe of src/proxy/nginx against an authority and an upstream of a test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accepting } from './nginx.ts'

const MODULE = '/usr/lib/nginx/modules/ngx_http_js_module.so'
const recipe = (name: string) => new URL(`../../src/proxy/nginx/${name}`, import.meta.url)

export const hasNjs = existsSync(MODULE)

export interface RecipePlaces {
  readonly port: number
  /** Of the authority, over plain HTTP. */
  readonly authorityPort: number
  readonly upstreamPort: number
  readonly audience: string
  readonly credential: string
  /** Default: that of the recipe. */
  readonly action?: string
}

/** The recipe as it stands, but for addresses and secrets, and for TLS, which the authority of a test does not speak. */
function recipeFor({ port, authorityPort, upstreamPort, audience, credential, action }: RecipePlaces): string {
  return readFileSync(recipe('nginx.conf'), 'utf8')
    .replace('approve.example:443', `localhost:${authorityPort}`)
    .replaceAll('approve.example', `localhost:${authorityPort}`)
    .replace('https://authority', 'http://authority')
    .replace(/.*proxy_ssl_.*\n/g, '')
    .replace('127.0.0.1:8789', `127.0.0.1:${port}`)
    .replaceAll('127.0.0.1:9000', `127.0.0.1:${upstreamPort}`)
    .replace('https://forum.example', audience)
    .replace('cs_executor_…', credential)
    .replace('countersign_action forum.post', `countersign_action ${action ?? 'forum.post'}`)
}

/** `more`: further servers of the http block. */
export async function startRecipe(places: RecipePlaces, more = ''): Promise<{ readonly stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-njs-'))
  mkdirSync(join(folder, 'logs'))
  copyFileSync(recipe('countersign.js'), join(folder, 'countersign.js'))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `load_module ${MODULE};
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/logs/error.log;
events { worker_connections 512; }
http { access_log off; js_path ${folder}; ${temporary.join(' ')}
${recipeFor(places)}
${more} }`,
  )
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'], { stdio: 'ignore' })
  const ended = once(nginx, 'exit')
  const failed = ended.then(() => {
    throw new Error(`nginx did not start: ${readFileSync(join(folder, 'logs/error.log'), 'utf8')}`)
  })
  await Promise.race([accepting(places.port), failed])
  failed.catch(() => {})
  return {
    stop: async () => {
      nginx.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
