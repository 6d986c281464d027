/**
 * A real nginx with TLS in front of a port, in a temporary folder: the proxy that most authorities stand behind.
 *
 * In: the port behind it. Out: its origin, a fetch that trusts its certificate and can call from several addresses.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NginxServer {
  readonly origin: string
  /** The file of its certificate, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string
  /** A fetch that calls from this address of the machine, such as 127.0.0.2. */
  readonly fetchFrom: (localAddress: string) => (url: string, init?: RequestInit) => Promise<Response>
  readonly stop: () => Promise<void>
}

interface NginxOptions {
  /** Default: false. */
  readonly buffers?: boolean
}

/** `port` is where nginx is to listen, since the authority has to know its origin first. */
export async function startNginx(port: number, upstreamPort: number, options: NginxOptions = {}): Promise<NginxServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'))
  mkdirSync(join(folder, 'logs'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...name], { stdio: 'ignore' })
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, upstreamPort, options))
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'], { stdio: 'ignore' })
  const ended = once(nginx, 'exit')
  await Promise.race([accepting(port), ended.then(() => Promise.reject(new Error('nginx did not start')))])
  const ca = readFileSync(cert)
  return {
    origin: `https://localhost:${port}`,
    certificate: cert,
    fetchFrom: (localAddress) => (url, init) => fetchFrom(ca, localAddress, url, init),
    stop: async () => {
      nginx.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Keeps a whole answer before it gives out any of it, whatever the authority asks for. */
const BUFFERING = 'proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; proxy_buffers 64 64k;'

/** As Debian installs it, and as the guide says: no buffering, the caller's address appended. */
const configuration = (folder: string, port: number, upstreamPort: number, { buffers = false }: NginxOptions) => `
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/logs/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream countersign { server localhost:${upstreamPort}; keepalive 16; }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name localhost;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_pass http://countersign;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      ${buffers ? BUFFERING : ''}
      proxy_read_timeout 1h;
    }
  }
}
`

/** Resolves when something listens there. */
export async function accepting(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function fetchFrom(ca: Buffer, localAddress: string, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = Object.fromEntries(new Headers(init.headers))
  const { hostname, port, pathname, search } = new URL(url)
  const options = { host: '127.0.0.1', servername: hostname, port, path: pathname + search, ca, localAddress }
  const signal = init.signal ?? undefined
  return new Promise((resolve, reject) => {
    const call = request({ ...options, method: init.method ?? 'GET', headers, agent: false, signal }, (answer) => {
      const answered = new Headers()
      for (let at = 0; at < answer.rawHeaders.length; at += 2) {
        answered.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '')
      }
      resolve(new Response(bodyOf(answer), { status: answer.statusCode ?? 0, headers: answered }))
    })
    call.on('error', reject)
    call.end(init.body === undefined || init.body === null ? undefined : String(init.body))
  })
}

/** As it comes: streams go on. */
function bodyOf(answer: IncomingMessage): ReadableStream<Uint8Array> | null {
  if (answer.statusCode === 204 || answer.statusCode === 304) return null
  const pieces = answer.iterator()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => void answer.destroy(),
  })
}
