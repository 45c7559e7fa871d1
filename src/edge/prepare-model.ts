import { CreateError } from '../errors.ts'
import type { EdgeOptions } from './options.ts'
import type { EdgeModel } from './target.ts'

/** The model as it is shipped: in the precision and format that were asked for. */
export async function prepareModel(original: EdgeModel, { precision, format }: EdgeOptions): Promise<EdgeModel> {
  if (precision === original.precision && format === original.format) return original
  throw new CreateError('usage', `precision ${precision} and format ${format}: not in this version`)
}
