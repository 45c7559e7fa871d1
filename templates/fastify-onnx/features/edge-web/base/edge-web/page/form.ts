import type { Json, TensorSpec } from '../../src/transforms/types.ts'
import { make } from './dom.ts'

/** More fields than these are one text of JSON instead. */
const MOST_FIELDS = 48

/** What people fill in for one input of the model. */
export interface FormPart {
  readonly elements: readonly HTMLElement[]
  /** As /predict takes it. Throws SyntaxError where the text is no JSON. */
  read(): Json
  /** The control that a JSON pointer into this part belongs to. */
  controlAt(path: readonly string[]): HTMLElement | undefined
}

/** Fields for one row of an input, with the sample's values in them. */
export function makeFormPart(spec: TensorSpec, sample: Json): FormPart {
  const dims = (spec.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1))
  const count = dims.reduce((product, dim) => product * dim, 1)
  return spec.shape === null || count > MOST_FIELDS ? makeText(spec, sample) : makeFields(spec, dims, sample)
}

function makeFields(spec: TensorSpec, dims: readonly number[], sample: Json): FormPart {
  const values = flatten(sample)
  const count = dims.reduce((product, dim) => product * dim, 1)
  const controls = Array.from({ length: count }, (_, index) => makeControl(spec, values[index] ?? ''))
  const elements = controls.map((control, index) => {
    const text = count === 1 ? spec.name : `${spec.name} ${index + 1}`
    control.id = `${spec.name}-${index}`
    return make('div', { className: 'field' }, make('label', { htmlFor: control.id }, text), control)
  })
  return {
    elements,
    read: () =>
      nest(
        controls.map((control) => readControl(control, spec)),
        dims,
      ),
    controlAt: (path) => controls[path.reduce((at, step, axis) => at * (dims[axis] ?? 1) + Number(step), 0)],
  }
}

function makeControl({ dtype }: TensorSpec, value: Json): HTMLInputElement {
  if (dtype === 'bool') return make('input', { type: 'checkbox', defaultChecked: value === true })
  const defaultValue = String(value)
  if (dtype === 'string') return make('input', { type: 'text', defaultValue, autocomplete: 'off' })
  const step = dtype.startsWith('float') ? 'any' : '1'
  return make('input', { type: 'number', step, defaultValue, required: true, autocomplete: 'off' })
}

function readControl(control: HTMLInputElement, { dtype }: TensorSpec): Json {
  if (dtype === 'bool') return control.checked
  if (dtype === 'string') return control.value
  // Numbers beyond 2^53 - 1 are not exact: such a text is taken as it is. An empty field is no number, and is refused as such.
  const isWide = dtype.endsWith('int64') && !Number.isSafeInteger(control.valueAsNumber)
  return isWide || control.value === '' ? control.value : control.valueAsNumber
}

function makeText(spec: TensorSpec, sample: Json): FormPart {
  const id = `${spec.name}-json`
  const area = make('textarea', { id, defaultValue: JSON.stringify(sample), spellcheck: false })
  const shape = spec.shape === null ? '' : ` [${spec.shape.join(', ')}]`
  const label = make('label', { htmlFor: id }, `${spec.name}: ${spec.dtype}${shape} as JSON`)
  return {
    elements: [make('div', { className: 'field wide' }, label, area)],
    read: () => JSON.parse(area.value),
    controlAt: () => area,
  }
}

function flatten(value: Json): readonly Json[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value]
}

/** [1, 2, 3, 4] of the dims [2, 2] is [[1, 2], [3, 4]]. */
function nest(values: readonly Json[], [dim, ...inner]: readonly number[]): Json {
  if (dim === undefined) return values[0] ?? null
  const size = values.length / dim
  return Array.from({ length: dim }, (_, index) => nest(values.slice(index * size, (index + 1) * size), inner))
}
