import * as fs from 'node:fs'

/** Watchers should wake only for a change, and a reader must never see half a file. */
export function replaceIfChanged(file, text) {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return
  const draft = `${file}.${process.pid}`
  fs.writeFileSync(draft, text)
  fs.renameSync(draft, file)
}
