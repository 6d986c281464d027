/** `log adopt`: after a restore into another server, lets the log go on where it was. */
import type { Command } from 'commander'
import { ConfigError } from '../../authority/config.ts'
import { adoptRestoredLog } from '../../node/adopt-log.ts'
import { contextOf } from '../context.ts'
import { examples } from '../examples.ts'
import { usage } from '../exit.ts'

export const logAdopt = (log: Command): Command =>
  log
    .command('adopt')
    .description('after a database was restored into another server, with the authority stopped: let its log go on')
    .addHelpText(
      'after',
      `${examples('DATABASE_URL=postgres://… countersign log adopt')}

Nothing is lost and nothing doubled: entries keep their places in the log. A backup that is older than what
was published makes a log that auditors report as cut off, and rightly so: restore the latest one.`,
    )
    .action(adoptLog)

async function adoptLog(_: object, command: Command): Promise<void> {
  const { output, dataDir, environment } = contextOf(command)
  const adopted = await adoptRestoredLog({ ...environment, COUNTERSIGN_DATA_DIR: dataDir }).catch((error) => {
    throw error instanceof ConfigError ? usage(error.message) : error
  })
  const said = adopted ? 'The log goes on in this database. Start the authority.' : 'There was nothing to do.'
  output.result({ adopted }, `${output.paint.green('✔')} ${said}`)
}
