import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { writeNewFiles } from '../../create.ts'
import { CreateError } from '../../errors.ts'
import { makeKeyPair } from './key.ts'
import { checkKeyPlace } from './key-place.ts'

/** Only its owner may read it. */
const SECRET_MODE = 0o600

/** Makes a key pair; the private one is written to a file that must not be there yet. Gives the public one. Throws CreateError. */
export async function makeKeyFile(file: string): Promise<string> {
  if (existsSync(file)) {
    throw new CreateError('conflict', `${file} is there already: a key is never overwritten`, {
      hint: 'Name another file.',
    })
  }
  await checkKeyPlace(file)
  const { pem, publicKey } = makeKeyPair()
  await writeNewFiles(dirname(file), { [basename(file)]: pem }, SECRET_MODE)
  return publicKey
}
