/** `hook doctor`: makes the hook of installed clients fail in every way. Ends with 0 only where every fault was seen to block. */
import type { Command } from 'commander'
import {
  EXAMINED,
  type ExaminedClient,
  examineClient,
  type Finding,
  isExamined,
  isInstalled,
} from '../../coding/doctor/examine-client.ts'
import { CLIENT_SETTINGS } from '../../coding/install/client-settings.ts'
import { contextOf } from '../context.ts'
import { EXIT, Failure, usage } from '../exit.ts'
import { clientNamed } from '../hooks/client-named.ts'
import { table } from '../terminal/table.ts'

interface DoctorOptions {
  readonly bare?: true
}

export async function examineHooks(name: string | undefined, options: DoctorOptions, command: Command): Promise<void> {
  const { output } = contextOf(command)
  const clients = installedOf(name)
  const all: (Finding & { readonly client: ExaminedClient })[] = []
  for (const client of clients) {
    output.note(`Starting ${CLIENT_SETTINGS[client].title} several times, with hooks that fail…`)
    const findings = await examineClient(client, { path: undefined, bare: options.bare === true })
    all.push(...findings.map((finding) => ({ client, ...finding })))
  }
  if (all.some(({ did }) => did !== 'blocked')) process.exitCode = EXIT.failed
  const rows = all.map(({ client, fault, did }) => [client, `the hook ${fault}`, DID[did]])
  output.result(all, table(['CLIENT', 'WHERE', 'THE COMMAND'], rows, { paint: output.paint, nothing: '' }))
}

/** The one that is named, or all that are there. Throws a `Failure` where none is. */
function installedOf(name: string | undefined): readonly ExaminedClient[] {
  const wanted = name === undefined ? EXAMINED : [examinedNamed(name)]
  const found = wanted.filter((client) => isInstalled(client))
  if (found.length > 0) return found
  const titles = wanted.map((client) => CLIENT_SETTINGS[client].title).join(', ')
  throw new Failure('not_found', `Nothing was examined: no program of ${titles} is on the PATH.`)
}

function examinedNamed(name: string): ExaminedClient {
  const client = clientNamed(name)
  if (isExamined(client)) return client
  throw usage(`${CLIENT_SETTINGS[client].title} cannot be driven by a scripted model. Try ${EXAMINED.join(', ')}.`)
}

const DID: Readonly<Record<Finding['did'], string>> = {
  blocked: 'did not run',
  ran: 'RAN',
  unknown: 'was never tried: the client did not come that far',
}
