import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openWriter } from '../src/logs/prediction-writer.ts'

const MIB = 2 ** 20
/** Lines of a mebibyte and a few bytes that fit into the 16 MiB which may wait. */
const KEPT = 15

test('a reader that does not read costs lines, not memory', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'prediction-writer-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'pipe')
  if (spawnSync('mkfifo', [file]).status !== 0) return t.skip('this system has no named pipes')
  // Both ways, as opening one end waits for the other.
  const reader = await open(file, constants.O_RDWR)
  let dropped = 0
  const writer = await openWriter({
    file,
    redact: [],
    onDrop: () => {
      dropped += 1
    },
    onError: (error) => assert.fail(error),
  })
  const text = 'x'.repeat(MIB)
  for (let line = 0; line < 40; line += 1) writer.write({ line, text })
  assert.equal(dropped, 40 - KEPT)

  const [lines] = await Promise.all([readLines(reader, KEPT), writer.close()])
  await reader.close()
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).line),
    Array.from({ length: KEPT }, (_, line) => line),
  )
})

/** The next lines of a pipe. */
async function readLines(reader: FileHandle, count: number): Promise<readonly string[]> {
  const chunks: string[] = []
  for (let seen = 0; seen < count; ) {
    const { bytesRead, buffer } = await reader.read(Buffer.alloc(MIB))
    const chunk = buffer.toString('latin1', 0, bytesRead)
    chunks.push(chunk)
    seen += chunk.split('\n').length - 1
  }
  return chunks.join('').split('\n').slice(0, count)
}
