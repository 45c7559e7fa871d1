import { CreateError, type Issue } from '../errors.ts'

/** Our own folder in a target: journal and staged bytes while we write, backups, and new versions of the team's files. */
export const OWN_FOLDER = '.create-inference-server'

/** Device names that Windows reserves in every folder, with any extension: learn.microsoft.com/windows/win32/fileio/naming-a-file */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

/** `.git`, and the short name that NTFS gives it. */
const GIT_FOLDER = /^(\.git|git~\d+)$/i

/** NAME_MAX of Linux, macOS and Windows. */
const MAX_SEGMENT_BYTES = 255

/**
 * Checks that every path stays inside of a target on every operating system, and that no two of them meet in one file
 * where names are compared without case. Pure: links on the disk are look.ts's. Throws `invalid` with all findings.
 */
export function checkPaths(paths: readonly string[]): void {
  const unsafe = paths.flatMap((path) => {
    const message = pathFault(path)
    return message === null ? [] : [issue(path, message)]
  })
  const issues = unsafe.length > 0 ? unsafe : collisions(paths)
  if (issues.length === 0) return
  throw new CreateError('invalid', 'some paths cannot be written safely', {
    hint: 'Change these paths: they come from the mapping, from vars.yaml (model and label file names) or from the lock.',
    issues,
  })
}

/** What is wrong with a path relative to a target, with forward slashes; null when nothing is. */
export function pathFault(path: string): string | null {
  if (path === '') return 'the path is empty'
  if (path.includes('\\')) return 'holds a backslash; paths are written with forward slashes'
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is absolute; paths are relative to the server'
  const segments = path.split('/')
  const [first = ''] = segments
  if (first.toLowerCase() === OWN_FOLDER) return `lies in ${OWN_FOLDER}/, which is the generator's own`
  for (const segment of segments) {
    const message = segmentFault(segment)
    if (message !== null) return message
  }
  return null
}

function segmentFault(segment: string): string | null {
  if (segment === '..') return 'leads out of the server with `..`'
  if (segment === '' || segment === '.') return 'holds an empty or `.` segment'
  if (GIT_FOLDER.test(segment)) return 'lies in .git/'
  // Cc: control characters, NUL among them. Cf: invisible ones, which some file systems drop. Cs: lone surrogates.
  if (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(segment)) return 'holds a control or invisible character'
  if (/[<>:"|?*]/.test(segment)) return 'holds one of < > : " | ? *, which Windows refuses'
  if (/[. ]$/.test(segment)) return `"${segment}" ends in a dot or a space, which Windows drops`
  if (WINDOWS_DEVICE.test(segment)) return `"${segment}" is a device name on Windows`
  if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `a segment is longer than ${MAX_SEGMENT_BYTES} bytes`
  return null
}

/** The form in which two names meet on a file system that ignores case and Unicode composition (macOS, Windows). */
export function foldPath(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC')
}

interface Seen {
  spelling: string
  kind: 'file' | 'folder'
}

function collisions(paths: readonly string[]): Issue[] {
  const seen = new Map<string, Seen>()
  return paths.flatMap((path) => {
    const message = collide(path, seen)
    return message === null ? [] : [issue(path, message)]
  })
}

function collide(path: string, seen: Map<string, Seen>): string | null {
  const segments = path.split('/')
  for (let depth = 1; depth <= segments.length; depth++) {
    const spelling = segments.slice(0, depth).join('/')
    const kind = depth === segments.length ? 'file' : 'folder'
    const other = seen.get(foldPath(spelling))
    if (other === undefined) seen.set(foldPath(spelling), { spelling, kind })
    else if (other.spelling !== spelling) return `differs from ${other.spelling} only in case or Unicode form`
    else if (other.kind !== kind) return `${spelling} is both a file and a folder`
    else if (kind === 'file') return 'two files have this path'
  }
  return null
}

function issue(path: string, message: string): Issue {
  return { file: JSON.stringify(path).slice(1, -1), message }
}
