// @ts-check
/**
 * Makes the machine ready for `npm test`: builds the command, finds or installs a browser, servers and a newer Node.
 *
 * On Debian, as root, what is missing is installed; elsewhere it says what to do, and fails.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './find-browser.mjs'

const start = performance.now()

/**
 * The servers that authorities stand behind and are watched by, by Debian's package, and what shows that one is there.
 * @type {ReadonlyMap<string, [string, ...string[]]>}
 */
const wanted = new Map([
  ['nginx', ['which', 'nginx']],
  ['pgbouncer', ['which', 'pgbouncer']],
  ['openssl', ['which', 'openssl']],
  ['postgresql', ['which', 'pg_restore']],
  ['libnginx-mod-http-js', ['test', '-e', '/usr/lib/nginx/modules/ngx_http_js_module.so']],
  ['python3-cryptography', ['/usr/bin/python3', '-c', 'import cryptography']],
  ['python3-prometheus-client', ['/usr/bin/python3', '-c', 'import prometheus_client']],
])

const build = fileURLToPath(new URL('../../src/build.mjs', import.meta.url))
if (spawnSync(process.execPath, [build], { stdio: 'inherit' }).status !== 0) process.exit(1)
const browser = findBrowser() ?? installBrowser()
if (!browser) giveUp()
installServers()
installOtherNode()
console.log(`ready: built, browser ${browser} (${Math.round(performance.now() - start)} ms)`)

/** The tests run behind the real ones. */
function installServers() {
  const missing = [...wanted]
    .filter(([, [program, ...args]]) => spawnSync(program, args).status !== 0)
    .map(([name]) => name)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    console.error(`The tests behind servers need ${missing.join(', ')}: install them, then run npm test again.`)
    process.exit(1)
  }
  console.log(`installing ${missing.join(', ')} with apt-get`)
  aptGet('update')
  aptGet('install', '-y', '--no-install-recommends', ...missing)
}

function installOtherNode() {
  const folder = fileURLToPath(new URL('../other-node', import.meta.url))
  if (existsSync(`${folder}/node_modules/node/bin/node`)) return
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** @returns {string | null} */
function installBrowser() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return null
  console.log('no browser found: installing chromium with apt-get')
  try {
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', 'chromium')
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  return findBrowser()
}

/** @param {string[]} args */
function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** @returns {never} */
function giveUp() {
  console.error(`
The page tests need a Chromium, and none was found. Do one of these, then run npm test again:
  - Debian, Ubuntu:   sudo apt-get install chromium
  - macOS:            brew install --cask chromium
  - anywhere:         npx playwright-core install --with-deps chromium
  - one you have:     export CHROMIUM_PATH=/path/to/chrome`)
  process.exit(1)
}
