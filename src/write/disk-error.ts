import { CreateError } from '../errors.ts'

const ADVICE: Readonly<Record<string, { readonly what: string; readonly hint: string }>> = {
  EACCES: { what: 'permission denied', hint: 'Make the folder writable for you, or choose another with --out.' },
  EPERM: { what: 'not permitted', hint: 'Make the folder writable for you, or choose another with --out.' },
  EROFS: { what: 'the file system is read-only', hint: 'Choose another folder with --out.' },
  ENOSPC: { what: 'the disk is full', hint: 'Free some space and run the command again.' },
  EDQUOT: { what: 'the disk quota is used up', hint: 'Free some space and run the command again.' },
  EBUSY: { what: 'in use by another program', hint: 'Close the program that uses it and run the command again.' },
  ENAMETOOLONG: { what: 'the path is too long', hint: 'Choose a shorter --out or --name.' },
}

/** True when `error` comes from the operating system with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/**
 * Runs one step on the disk. What the operating system refuses becomes a CreateError `runtime` that names `path`
 * (the file that the user knows, not the staged one); other errors are our own and pass.
 */
export async function onDisk<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw diskError(error, path)
  }
}

function diskError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error
  const code = String(error.code)
  const { what, hint } = ADVICE[code] ?? { what: code, hint: undefined }
  return new CreateError('runtime', `cannot write ${path}: ${what}`, { hint, cause: error })
}

/** The value, or null where the file or folder is not there. */
export async function orAbsent<T>(value: Promise<T>): Promise<T | null> {
  try {
    return await value
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}
