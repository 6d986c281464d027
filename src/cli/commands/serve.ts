/** `serve`: runs the authority, and shows its address and the link for its first admin. */
import type { Command } from 'commander'
import { ConfigError } from '../../authority/config.ts'
import { operatorCredentialFile } from '../../node/key-files.ts'
import { LogDisagreement, type RunningServer, startServer } from '../../node/server.ts'
import { letYoungGenerationGrow } from '../../node/young-generation.ts'
import { contextOf, type GlobalOptions } from '../context.ts'
import { Failure, interruption, usage } from '../exit.ts'
import { type Output, showLink } from '../terminal/output.ts'

export async function runServer(_: object, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const { dataDir } = command.optsWithGlobals<GlobalOptions>()
  const server = await start({ ...process.env, ...(dataDir === undefined ? {} : { COUNTERSIGN_DATA_DIR: dataDir }) })
  letYoungGenerationGrow()
  announce(server, output)
  await interruption()
  output.note('Stopping …')
  await server.stop()
}

/** Errors of the port that it should listen on. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is in use. Choose another with COUNTERSIGN_PORT.',
  EACCES: 'This user may not listen on the port. Choose one above 1023 with COUNTERSIGN_PORT, and a proxy before it.',
  EADDRNOTAVAIL: 'COUNTERSIGN_HOST is no address of this machine.',
  ENOTFOUND: 'COUNTERSIGN_HOST cannot be resolved.',
}

async function start(environment: NodeJS.ProcessEnv): Promise<RunningServer> {
  try {
    return await startServer(environment)
  } catch (error) {
    if (error instanceof ConfigError) throw usage(`These settings are wrong:\n${error.message.replace(/^/gm, '  ')}`)
    const words = error instanceof Error && 'code' in error ? LISTENING[String(error.code)] : undefined
    if (words !== undefined && error instanceof Error && 'syscall' in error) throw usage(words)
    if (error instanceof LogDisagreement) throw new Failure('log_disagreement', error.message)
    throw error
  }
}

function announce({ url, config, bootstrapLink }: RunningServer, output: Output): void {
  const file = operatorCredentialFile(config.dataDir)
  output.result(
    { url, bootstrap_link: bootstrapLink },
    [
      `${output.paint.green('✔')} The authority listens at ${output.paint.bold(url)}`,
      ...(config.operatorCredential === null ? [`  The operator’s credential is in ${file}.`] : []),
    ].join('\n'),
  )
  if (bootstrapLink === null || output.json) return
  const warning =
    'The first person to open it becomes the admin. It works once, for 15 minutes; a restart makes a new one.'
  showLink(output, 'There is no admin yet. To become the first, open', bootstrapLink, warning)
}
