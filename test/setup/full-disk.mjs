/**
 * Preloaded into a process, it fails writes as a full disk does while the file named FULL_DISK exists. Where
 * FULL_DISK_HIDDEN is set, as with a quota, the file system still claims to have space.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { writeSync, statfsSync, promises } = fs
const { writeFile } = promises
const STANDARD = 2
const isFull = () => fs.existsSync(process.env['FULL_DISK'] ?? '')

function refuse() {
  if (isFull()) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 })
}

fs.writeSync = (fd, ...rest) => {
  if (fd > STANDARD) refuse()
  return writeSync(fd, ...rest)
}
promises.writeFile = async (...rest) => {
  refuse()
  return writeFile(...rest)
}
fs.statfsSync = (...rest) => {
  const status = statfsSync(...rest)
  return isFull() && !process.env['FULL_DISK_HIDDEN'] ? Object.assign(status, { bavail: 0 }) : status
}
syncBuiltinESMExports()
