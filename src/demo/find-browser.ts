/** Finds a Chromium: CHROMIUM_PATH, else one that is installed, else one that Playwright has downloaded. */
import { accessSync, constants, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { usage } from '../cli/exit.ts'

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]
const DOWNLOADS = [join(homedir(), '.cache/ms-playwright'), join(homedir(), 'Library/Caches/ms-playwright')]
const EXECUTABLES = ['chrome-linux/chrome', 'chrome-linux64/chrome', 'chrome-mac/Chromium.app/Contents/MacOS/Chromium']

/** A CHROMIUM_PATH that cannot be run is an error, never passed over. */
export function findBrowser(environment = process.env): string {
  const asked = environment['CHROMIUM_PATH']
  if (asked && !isExecutable(asked)) throw usage(`CHROMIUM_PATH is ${asked}, which cannot be executed.`)
  const found = asked || [...installed(environment['PATH']), ...APPLICATIONS, ...downloaded()].find(isExecutable)
  if (found) return found
  throw usage('--auto needs a Chromium and found none: install one, or say where it is with CHROMIUM_PATH.')
}

const installed = (path = '') =>
  COMMANDS.flatMap((command) =>
    path
      .split(delimiter)
      .filter(Boolean)
      .map((folder) => join(folder, command)),
  )

const downloaded = () =>
  DOWNLOADS.flatMap((folder) => revisions(folder).map((revision) => join(folder, revision))).flatMap((revision) =>
    EXECUTABLES.map((executable) => join(revision, executable)),
  )

function revisions(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^chromium-\d+$/.test(name))
  } catch {
    return []
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
