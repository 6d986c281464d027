/** Types lines into a shell in which `npx countersign` is the built command. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../dist/countersign.js', import.meta.url))

/** Ends at the first line that fails. `watch` gets all that was written so far, each time that more is. */
export function shellIn(
  folder: string,
  environment: Readonly<Record<string, string>>,
  text: string,
  watch: (written: string) => void,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const npx = `npx() { shift; "${process.execPath}" "${command}" "$@"; }`
  const env = { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder, ...environment }
  const bash = spawn('bash', ['-e', '-c', `${npx}\n${text}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    bash[name].setEncoding('utf8').on('data', (more: string) => {
      written[name] += more
      watch(written.stdout + written.stderr)
    })
  return new Promise((resolve) => bash.on('close', (code) => resolve({ code, ...written })))
}
