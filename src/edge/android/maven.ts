import { execFile } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

export interface MavenRun {
  readonly outcome: 'passed' | 'failed' | 'missing'
  readonly output: string
}

const MOST_OUTPUT = 2 ** 26

/** Runs Maven in a folder of a pom.xml. */
export function runMaven(folder: string, words: readonly string[]): Promise<MavenRun> {
  // On Windows mvn is a script, which only a shell starts; the words are ours.
  const options = { cwd: folder, maxBuffer: MOST_OUTPUT, shell: process.platform === 'win32' }
  return new Promise((resolve) => {
    execFile('mvn', ['-q', '-B', ...words], options, (error, stdout, stderr) => {
      const output = stripVTControlCharacters(`${stdout}${stderr}`)
      if (!error) resolve({ outcome: 'passed', output })
      else resolve({ outcome: error.code === 'ENOENT' ? 'missing' : 'failed', output: output || error.message })
    })
  })
}
