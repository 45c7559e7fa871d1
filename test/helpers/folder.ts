import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'
import { IRIS, MODELS } from './paths.ts'

/** A temporary folder that is gone when the test is over. */
export function makeFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cis-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

/** A temporary folder for all tests of a file. */
export function makeSharedFolder(files: Record<string, string | Uint8Array> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cis-')))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}

export function writeFiles(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** Every file below a folder with its text (latin1, so that any byte is kept), sorted by path. */
export function readTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), 'latin1')]))
}

/** A temporary folder with a model of test/fixtures/models (or iris) beside what is given. */
export function makeProject(model: string, files: Record<string, string | Uint8Array>): string {
  const folder = makeFolder(files)
  const source = model === 'iris.onnx' ? join(IRIS, model) : join(MODELS, model)
  copyFileSync(source, join(folder, basename(model)))
  return folder
}

/** The iris example's vars in the classic nine fields. */
export const IRIS_VARS = `name: iris
model_file_name: iris.onnx
label_file_name: label.json
data_type: float32
data_structure: (1,4)
data_sample: [[5.1, 3.5, 1.4, 0.2]]
prediction_type: float32
prediction_structure: (1,3)
prediction_sample: [0.98028725, 0.01971196, 0.00000075]
`

export const IRIS_LABELS = '{"0": "setosa", "1": "versicolor", "2": "virginica"}'

/** The iris project in a temporary folder, some files replaced. */
export function makeIris(files: Record<string, string> = {}): string {
  return makeProject('iris.onnx', { 'vars.yaml': IRIS_VARS, 'label.json': IRIS_LABELS, ...files })
}
