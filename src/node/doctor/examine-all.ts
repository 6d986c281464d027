/** Everything that a process of Node can find about its own set-up. */
import type { Finding } from '../../api/parties/diagnosis-shapes.ts'
import type { Config } from '../../authority/config.ts'
import type { OpenDatabase } from '../open-database.ts'
import { examineDatabase } from './examine-database.ts'
import { examineMail } from './examine-mail.ts'
import { examinePlace } from './examine-place.ts'

export async function examineAll(config: Config, { database, migrations }: OpenDatabase): Promise<readonly Finding[]> {
  const embedded = config.databaseUrl === null
  const [found, mail] = await Promise.all([examineDatabase(database, { embedded, migrations }), examineMail(config)])
  return [...examinePlace(config), ...found, mail]
}
