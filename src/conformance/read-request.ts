import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { CreateError } from '../errors.ts'
import { isDatatype, parseElement } from './datatypes.ts'
import { countElements, type Tensor } from './tensor.ts'

z.config({ jitless: true })

const InferRequest = z.object({
  inputs: z.array(
    z.object({
      name: z.string(),
      datatype: z.string().refine(isDatatype, 'is no datatype of the protocol'),
      shape: z.array(z.int().min(0)),
      data: z.array(z.unknown()),
    }),
  ),
})

/**
 * The inputs of a V2 infer request in a JSON file. FP16 is taken as numbers here, and sent as binary.
 * @throws CreateError `not_found` or `invalid`.
 */
export async function readRequestFile(file: string): Promise<Tensor[]> {
  const result = InferRequest.safeParse(parse(await read(file), file))
  if (result.success) return result.data.inputs.map((input, index) => toTensor(input, file, index))
  const issues = result.error.issues.map(({ path, message }) => ({ file, path: path.join('.'), message }))
  throw new CreateError('invalid', `${file} is no V2 infer request`, { issues })
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CreateError('not_found', `${file} cannot be read`, {
      cause,
      hint: '--input FILE: a V2 infer request in JSON',
    })
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CreateError('invalid', `${file} is not valid JSON`, { cause })
  }
}

function toTensor(input: z.infer<typeof InferRequest>['inputs'][number], file: string, position: number): Tensor {
  const { name, datatype, shape, data } = input
  const flat: readonly unknown[] = data.flat(Number.POSITIVE_INFINITY)
  const fail = (message: string) =>
    new CreateError('invalid', `${file} is no V2 infer request`, {
      issues: [{ file, path: `inputs.${position}.data`, message }],
    })
  if (flat.length !== countElements(shape))
    throw fail(`[${shape}] is ${countElements(shape)} elements, not ${flat.length}`)
  const elements = flat.map((json, index) => {
    const element = parseElement(json, datatype)
    if (element === undefined) throw fail(`${JSON.stringify(json)} is no ${datatype} (element ${index})`)
    return element
  })
  return { name, datatype, shape, elements }
}
