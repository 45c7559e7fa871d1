import type { Vars } from '../inputs/vars.ts'
import type { Dtype } from '../words.ts'
import type { Dim, ImagePreprocess, PreprocessConfig, TensorConfig } from './config.ts'
import type { Findings } from './findings.ts'
import { showShape } from './nested.ts'
import type { Signature } from './signature.ts'

type PreprocessVars = Vars['preprocess']

/** torchvision's preprocessing of the models that it ships. */
const PRESETS = {
  imagenet: {
    size: [224, 224],
    resize: 256,
    resample: 'bilinear',
    crop: 'center',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    channels: 'rgb',
  },
} as const satisfies Record<string, Partial<ImagePreprocess>>

/** A model takes pixels as one of these; uint8 takes the bytes as they are, without mean and std. */
const PIXEL_DTYPES: readonly Dtype[] = ['float32', 'float16', 'uint8']

/** The model's input as an image, by layout. */
interface Plane {
  readonly input: TensorConfig
  readonly layout: ImagePreprocess['layout']
  readonly channels: Dim
  readonly size: readonly [height: Dim, width: Dim]
}

/**
 * What is said in vars.yaml, else the preset's, else what the model's input says: complete, and checked against the model
 * (VARS.md, "preprocess").
 */
export function resolvePreprocess({ preprocess }: Vars, { inputs }: Signature, findings: Findings): PreprocessConfig {
  if (preprocess.kind === 'none') {
    for (const key of Object.keys(preprocess)) {
      if (key !== 'kind') findings.wrong(['preprocess', key], 'is for images: say kind: image')
    }
    return { kind: 'none' }
  }
  const plane = findPlane(inputs, preprocess.layout, findings)
  return plane ? resolveImage(preprocess, plane, findings) : { kind: 'none' }
}

/** undefined, said why, when the model takes no image. */
function findPlane(
  inputs: readonly TensorConfig[],
  layout: PreprocessVars['layout'],
  findings: Findings,
): Plane | undefined {
  const [input] = inputs
  const wrong = (message: string) => findings.wrong(['preprocess', 'kind'], message)
  if (!input || inputs.length > 1) {
    const names = inputs.map(({ name }) => `"${name}"`).join(', ')
    wrong(`image needs one input, but the model has ${inputs.length}${names && ` (${names})`}`)
    return undefined
  }
  if (!PIXEL_DTYPES.includes(input.dtype)) {
    wrong(`image needs an input of ${PIXEL_DTYPES.join(', ')}, but the model's input "${input.name}" is ${input.dtype}`)
  }
  const [, a, b, c, ...more] = input.shape ?? []
  if (a === undefined || b === undefined || c === undefined || more.length > 0) {
    const expected = '(batch,channels,height,width) or (batch,height,width,channels)'
    wrong(`image needs an input ${expected}, but the model's input "${input.name}" is ${showShape(input.shape)}`)
    return undefined
  }
  return (layout ?? guessLayout(a, c)) === 'nchw'
    ? { input, layout: 'nchw', channels: a, size: [b, c] }
    : { input, layout: 'nhwc', channels: c, size: [a, b] }
}

function guessLayout(first: Dim, last: Dim): ImagePreprocess['layout'] {
  const isChannels = (dim: Dim) => dim === 1 || dim === 3
  return isChannels(last) && !isChannels(first) ? 'nhwc' : 'nchw'
}

function resolveImage(said: PreprocessVars, plane: Plane, findings: Findings): ImagePreprocess {
  const preset = said.preset ? PRESETS[said.preset] : undefined
  const channels = said.channels ?? preset?.channels ?? (plane.channels === 1 ? 'gray' : 'rgb')
  checkChannels(channels, said, plane, findings)
  const size = resolveSize(said.size ?? preset?.size, plane, findings)
  const crop = said.crop ?? preset?.crop ?? 'center'
  return {
    kind: 'image',
    size,
    crop,
    resize: resolveResize(said, crop, size, findings),
    resample: said.resample ?? preset?.resample ?? 'bilinear',
    channels,
    layout: plane.layout,
    ...resolveNormalisation(said, channels, plane, findings),
  }
}

function checkChannels(channels: ImagePreprocess['channels'], said: PreprocessVars, plane: Plane, findings: Findings) {
  const count = countChannels(channels)
  const { input, layout } = plane
  if (typeof plane.channels === 'number' && plane.channels !== count) {
    findings.wrong(
      ['preprocess', (['channels', 'layout', 'preset'] as const).find((key) => said[key] !== undefined) ?? 'channels'],
      `${channels} has ${count} channel${count === 1 ? '' : 's'}, but the model's input "${input.name}" is ${showShape(input.shape)}, ${layout}`,
    )
  }
  if (said.preset && channels !== 'rgb' && !(said.mean && said.std)) {
    const order = `its mean and std are those of red, green, blue: give the ones of ${channels}`
    findings.wrong(['preprocess', 'channels'], `${channels} does not go with the preset ${said.preset}: ${order}`)
  }
}

function countChannels(channels: ImagePreprocess['channels']): number {
  return channels === 'gray' ? 1 : 3
}

/** Said or the preset's, which must agree with the model; else the model's. */
function resolveSize(said: readonly [number, number] | undefined, plane: Plane, findings: Findings) {
  const [height, width] = plane.size
  const { name, shape } = plane.input
  const isFixed = typeof height === 'number' && typeof width === 'number'
  if (said === undefined && !isFixed) {
    const dims = showShape(shape)
    findings.wrong(['preprocess', 'size'], `is missing: [height, width]; the model's input "${name}" is ${dims}`)
  }
  const [rows, columns] = said ?? (isFixed ? ([height, width] as const) : ([1, 1] as const))
  if ((typeof height === 'number' && height !== rows) || (typeof width === 'number' && width !== columns)) {
    const given = `[${rows}, ${columns}] (height, width)`
    findings.wrong(
      ['preprocess', 'size'],
      `${given}, but the model's input "${name}" is ${showShape(shape)}, ${plane.layout}`,
    )
  }
  return [rows, columns] as const
}

/** The shorter side before the crop: said or the preset's, else the longer one of the size, from which every crop can be cut. */
function resolveResize(
  { resize, preset }: PreprocessVars,
  crop: ImagePreprocess['crop'],
  size: readonly [number, number],
  findings: Findings,
): number | null {
  const longer = Math.max(...size)
  if (crop === 'none') {
    if (resize !== undefined)
      findings.wrong(['preprocess', 'resize'], 'is for crop: center; crop: none stretches to size')
    return null
  }
  const side = resize ?? (preset && PRESETS[preset].resize) ?? longer
  if (side < longer) {
    const which = resize === undefined ? `${side} (of the preset ${preset})` : `${side}`
    findings.wrong(
      ['preprocess', 'resize'],
      `${which} is less than the size [${size.join(', ')}], which is cut out of it`,
    )
  }
  return side
}

function resolveNormalisation(
  said: PreprocessVars,
  channels: ImagePreprocess['channels'],
  { input }: Plane,
  findings: Findings,
): Pick<ImagePreprocess, 'mean' | 'std'> {
  if (input.dtype === 'uint8') {
    for (const key of ['preset', 'mean', 'std'] as const) {
      const why = `the model's input "${input.name}" is uint8: it takes the pixels as they are, without mean and std`
      if (said[key] !== undefined) findings.wrong(['preprocess', key], why)
    }
    return { mean: null, std: null }
  }
  const preset = said.preset ? PRESETS[said.preset] : undefined
  const count = countChannels(channels)
  for (const key of ['mean', 'std'] as const) {
    const given = said[key]
    if (given && given.length !== count) {
      findings.wrong(
        ['preprocess', key],
        `has ${given.length} numbers, but ${channels} has ${count}: one for each channel`,
      )
    }
  }
  return {
    mean: said.mean ?? preset?.mean ?? Array<number>(count).fill(0),
    std: said.std ?? preset?.std ?? Array<number>(count).fill(1),
  }
}
