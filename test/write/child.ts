import { CreateError } from '../../src/errors.ts'
import { recover } from '../../src/write/recover.ts'
import { makeNewServer } from './scenario.ts'

/** A command of its own: `node child.js generate|recover TARGET MODELS`. Prints the error that a user would see. */
const [command = '', target = '', models = ''] = process.argv.slice(2)
if (process.env.AS_NOBODY) process.setuid?.(Number(process.env.AS_NOBODY))

try {
  if (command === 'recover') await recover(target)
  else await makeNewServer(target, models)
} catch (error) {
  if (!(error instanceof CreateError)) throw error
  process.stderr.write(
    JSON.stringify({ code: error.code, message: error.message, hint: error.hint, issues: error.issues }),
  )
  process.exitCode = 1
}
