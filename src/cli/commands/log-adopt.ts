/** `log adopt`: continues the log after its database was restored into another server. */
import type { Command } from 'commander'
import { ConfigError } from '../../authority/config.ts'
import { adoptRestoredLog } from '../../node/open-database.ts'
import { contextOf } from '../context.ts'
import { usage } from '../exit.ts'

export async function adoptLog(_: object, command: Command): Promise<void> {
  const { output, dataDir, environment } = contextOf(command)
  const adopted = await adoptRestoredLog({ ...environment, COUNTERSIGN_DATA_DIR: dataDir }).catch((error) => {
    throw error instanceof ConfigError ? usage(error.message) : error
  })
  const text = adopted ? 'The log goes on in this database. Start the authority.' : 'There was nothing to do.'
  output.done({ adopted }, text)
}
