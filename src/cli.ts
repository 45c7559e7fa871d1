import { main } from './cli/main.ts'

// A reader that leaves early (`| head -1`) is no error, ours or anyone's.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.exitCode = await main(process.argv.slice(2))
