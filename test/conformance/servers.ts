import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { create } from '../../src/create.ts'
import { makeSharedFolder } from '../helpers/folder.ts'
import { MODELS, ROOT } from '../helpers/paths.ts'

/** A generated server of an example or of a model in test/fixtures/models, built. @returns its folder. */
export async function buildServer(model: string): Promise<string> {
  const folder = makeSharedFolder()
  const isExample = model === 'iris' || model === 'digits'
  const request = isExample
    ? { cwd: join(ROOT, 'examples', model), variableFile: 'vars.yaml', out: folder }
    : { cwd: folder, model: join(MODELS, `${model}.onnx`), name: model.replaceAll('_', '-') }
  const { project } = await create(request)
  const { target } = project.inputs
  symlinkSync(join(ROOT, 'node_modules'), join(target, 'node_modules'))
  await execa({ cwd: target })`npm run build`
  return target
}

/** What a model takes that does not take just anything. */
export const REQUESTS: Readonly<Record<string, object>> = {
  string_input: {
    inputs: [
      { name: 'colour', datatype: 'BYTES', shape: [2, 1], data: ['red', 'blue'] },
      { name: 'size', datatype: 'BYTES', shape: [2, 1], data: [['s'], ['l']] },
    ],
  },
}
