/** Paths that affect a whole machine. SPEC 11.1. */

const TOP =
  /^\/(?:applications|bin|boot|data|dev|etc|home|lib|lib32|lib64|library|media|mnt|opt|private|proc|root|run|sbin|srv|sys|system|users|usr|var)?(?:\/\*{1,2})?$/i
const HOME = /^(?:~|~[a-z_][\w-]*)(?:\/\*{1,2}|\/\.\*)?$|^\/(?:root|home\/[^/*]+|users\/[^/*]+)(?:\/\*{1,2})?$/i
const DRIVE = /^[a-z]:(?:[/\\](?:\*|windows|users)?)?$/i
const UP = /^(?:\.\.\/?)+\*?$/

/** The root, a folder directly in it, a whole home, a drive, or what lies above. Dots and slashes hide nothing. */
export const isWholeSystem = (path: string): boolean => {
  const plain = plainPath(path)
  return TOP.test(plain) || HOME.test(plain) || DRIVE.test(plain) || UP.test(plain)
}

/** `//etc/./x/../` is `/etc`. */
function plainPath(path: string): string {
  const rooted = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !rooted) parts.push(part)
  }
  return `${rooted ? '/' : ''}${parts.join('/')}`
}

const SYSTEM =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|proc|sbin|sys|usr(?!\/local\/)|var\/spool\/cron|system|windows)(?:\/|$)|^(?:~|\/root|\/home\/[^/]+|\/users\/[^/]+)\/\.(?:ssh|gnupg|aws|kube|bashrc|bash_profile|profile|zshrc|zprofile|gitconfig|config\/(?:autostart|systemd))(?:\/|$)|(?:^|\/)\.ssh\/authorized_keys$|(?:^|\/)\.git\/(?:hooks|config)(?:\/|$)/i

/** Files whose change gives rights or keeps a machine from working: the system’s, devices, keys and start-up files. */
export const isSystemPath = (path: string): boolean => !isStream(path) && SYSTEM.test(plainPath(path))

/** Where writing loses nothing. */
export const isStream = (path: string): boolean => STREAM.test(path)

const STREAM = /^\/dev\/(?:null|stdout|stderr|stdin|tty|zero|fd\/\d+)$/
const NETWORK = /^\/dev\/(?:tcp|udp)\//

export const isNetwork = (path: string): boolean => NETWORK.test(path)
