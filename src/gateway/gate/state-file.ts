/** A file of the gateway's state folder, written whole or not at all. */
import { rename, writeFile } from 'node:fs/promises'

/** `flush`: it is on the disk once this resolves. Rejects where the folder cannot be written. */
export async function replaceFile(file: string, content: object, flush: boolean): Promise<void> {
  const made = `${file}.${process.pid}`
  await writeFile(made, JSON.stringify(content), { mode: 0o600, flush })
  await rename(made, file)
}
