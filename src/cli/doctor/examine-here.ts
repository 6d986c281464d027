/**
 * Examines the settings of this environment and, where the authority does not answer, what it would run on: the data
 * directory, the database, the mail server. An authority that answers looks at these itself.
 */
import { type Finding, mend, ok, unknown } from '../../api/parties/diagnosis-shapes.ts'
import { type Config, ConfigError, parseConfig } from '../../authority/config.ts'
import { examineDatabaseOf } from '../../node/doctor/examine-database-of.ts'
import { examineMail } from '../../node/doctor/examine-mail.ts'
import { examinePlace } from '../../node/doctor/examine-place.ts'
import type { Context } from '../context.ts'

type Here = Pick<Context, 'environment' | 'dataDir' | 'url'>

export async function examineHere({ environment, dataDir, url }: Here, answers: boolean): Promise<readonly Finding[]> {
  const config = configOr({ ...environment, COUNTERSIGN_DATA_DIR: dataDir })
  if (Array.isArray(config)) return config
  if (config.origin !== url()) {
    return [unknown('settings', `Those of this environment are for ${config.origin}, and were not examined.`)]
  }
  const settings = ok('settings', 'An authority can start with them.')
  if (answers) return [settings]
  return [settings, ...examinePlace(config), ...(await examineDatabaseOf(config)), await examineMail(config)]
}

/** A finding for each setting that is wrong. */
function configOr(environment: Context['environment']): Config | Finding[] {
  try {
    return parseConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').map((line) => mend('settings', line))
    throw error
  }
}
