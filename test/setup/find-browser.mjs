// @ts-check
/**
 * Finds the Chromium that the page tests drive: CHROMIUM_PATH, else one that is installed, else one that Playwright
 * has downloaded. It installs nothing; that is test/setup/prepare.mjs.
 */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const downloads = [
  process.env.PLAYWRIGHT_BROWSERS_PATH ?? '',
  join(homedir(), '.cache/ms-playwright'),
  join(homedir(), 'Library/Caches/ms-playwright'),
]

const executables = [
  'chrome-linux/chrome',
  'chrome-linux64/chrome',
  'chrome-linux/headless_shell',
  'chrome-headless-shell-linux64/chrome-headless-shell',
  'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
]

/**
 * The path of an executable Chromium, or null. A CHROMIUM_PATH that cannot be run is an error and never passed over:
 * the tests would otherwise run in another browser than the one asked for.
 *
 * @returns {string | null}
 */
export function findBrowser() {
  const asked = process.env.CHROMIUM_PATH
  if (asked && !isExecutable(asked)) throw new Error(`CHROMIUM_PATH is ${asked}, which cannot be executed`)
  return asked || [...installed(), ...applications, ...downloaded()].find(isExecutable) || null
}

function installed() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return commands.flatMap((command) => folders.map((folder) => join(folder, command)))
}

/** Newest revision first; a full Chromium before the headless shell, which comes last in the alphabet. */
function downloaded() {
  return downloads
    .filter((folder) => folder && existsSync(folder))
    .flatMap((folder) => revisions(folder).map((revision) => join(folder, revision)))
    .flatMap((revision) => executables.map((executable) => join(revision, executable)))
}

/** @param {string} folder */
function revisions(folder) {
  const names = readdirSync(folder).filter((name) => /^chromium(_headless_shell)?-\d+$/.test(name))
  const rank = (/** @type {string} */ name) => Number(name.split('-')[1]) - (name.includes('shell') ? 1e9 : 0)
  return names.sort((a, b) => rank(b) - rank(a))
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
