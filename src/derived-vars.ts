import { Document, isCollection, isNode, isPair, isScalar } from 'yaml'
import type { Config, Json, TensorConfig } from './config/config.ts'
import { suggestName } from './name.ts'

/** The smallest vars that describe a model file: everything else is read from the model. */
export function minimalVars(modelFile: string): string {
  const name = suggestName(modelFile.replace(/\.onnx$/i, ''))
  return new Document({ name, model_file_name: modelFile, sample: 'derived' }).toString()
}

/**
 * A complete, commented vars.yaml of a Config that was resolved from a model alone. Reading it gives the same Config.
 * What is only guessed stands in comments. `labelFile` is the one that the user named.
 */
export function printDerivedVars(config: Config, labelFile: string | undefined): string {
  const { output, activation } = config.predict
  const document = new Document({
    name: config.name,
    model_file_name: config.model.file,
    ...(labelFile === undefined ? {} : { label_file_name: labelFile }),
    sample: 'derived',
    inputs: Object.fromEntries(config.inputs.map((input) => [input.name, describe(input, sampleOf(config, input))])),
    outputs: Object.fromEntries(config.outputs.map((one) => [one.name, describe(one, null)])),
    task: config.task,
    predict: output === null ? { activation } : { output, activation },
    rows: config.rows,
  })
  for (const [key, comment] of Object.entries(commentsOf(config))) commentKey(document, key, comment)
  for (const path of [
    ...config.inputs.map(({ name }) => ['inputs', name]),
    ...config.outputs.map(({ name }) => ['outputs', name]),
  ]) {
    makeFlow(document, [...path, 'shape'])
    makeFlow(document, [...path, 'sample'])
  }
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false })
  return `# yaml-language-server: $schema=./vars.schema.json\n${text}${guessPreprocess(config)}`
}

function describe({ dtype, shape }: TensorConfig, sample: Json): object {
  return { dtype, ...(shape === null ? {} : { shape }), ...(sample === null ? {} : { sample }) }
}

function sampleOf({ inputs, sample }: Config, { name }: TensorConfig): Json {
  if (inputs.length === 1 || typeof sample.data !== 'object' || sample.data === null) return sample.data
  const byName = new Map(Object.entries(sample.data))
  return byName.get(name) ?? null
}

function commentsOf({ labels, task, rows, model, sample }: Config): Record<string, string> {
  const noLabels = task === 'classification' && !labels?.file
  return {
    name: ` What create-inference-server read from ${oneLine(model.file)}. Change what you know better.\n The server's name: of its folder, package, image and Kubernetes objects.`,
    sample: [
      ...(noLabels
        ? [
            ' The names of the classes: {"0": "setosa", ...} in a file beside this one.',
            ' label_file_name: label.json',
            '',
          ]
        : []),
      ' derived: the samples below are made up (ones), not real. Put in a real one, and say "given":',
      ' then the server checks it at every start, and its tests compare the prediction with the sample of the output.',
    ].join('\n'),
    inputs:
      ` What goes in: ${rows ? 'rows of' : ''} these tensors; a name in a shape is a size that may vary.${sample.data === null ? '\n The sample is too long to be written here: the server fills it.' : ''}`.replace(
        '  ',
        ' ',
      ),
    outputs: ' What the model gives. A sample of an output is what it must answer for the samples above.',
    task: ' classification (with labels) | regression | tensor (goes in and out whole)',
    predict:
      ' The output that /predict answers (none named: all of them), and what is applied to it: none | softmax | sigmoid',
    rows: ' true: a request carries N rows and is answered by N predictions. false: tensors go in and out whole.',
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

function commentKey(document: Document, key: string, comment: string): void {
  const items = isCollection(document.contents) ? document.contents.items : []
  for (const item of items) {
    if (!isPair(item) || !isScalar(item.key) || item.key.value !== key) continue
    item.key.commentBefore = comment
    item.key.spaceBefore = true
  }
}

function makeFlow(document: Document, path: readonly string[]): void {
  const node: unknown = document.getIn(path, true)
  if (isNode(node) && isCollection(node)) node.flow = true
}

/** An input such as (batch,3,224,224) suggests an image: said, not done. */
function guessPreprocess({ inputs }: Config): string {
  const guess = inputs.length === 1 ? inputs.flatMap(guessImage)[0] : undefined
  if (guess === undefined) return ''
  const { layout, channels, height, width } = guess
  return `
# A guess: "${oneLine(inputs[0]?.name ?? '')}" looks like an image (${layout}). If it is one, the server can decode and prepare PNG, JPEG and WebP;
# mean and std must be those of the training. data_sample is then the name of an image file beside this one.
# preprocess: {kind: image, size: [${height}, ${width}], resample: bilinear, crop: center, layout: ${layout}, channels: ${channels}}
`
}

interface ImageGuess {
  readonly layout: 'nchw' | 'nhwc'
  readonly channels: 'rgb' | 'gray'
  readonly height: number
  readonly width: number
}

function guessImage({ dtype, shape }: TensorConfig): ImageGuess[] {
  if (shape?.length !== 4 || !['float32', 'float16', 'uint8'].includes(dtype)) return []
  const [, a, b, c] = shape
  const asChannels = (count: number) => (count === 3 ? 'rgb' : count === 1 ? 'gray' : undefined)
  const of = (layout: ImageGuess['layout'], count: unknown, height: unknown, width: unknown): ImageGuess[] => {
    const channels = typeof count === 'number' ? asChannels(count) : undefined
    const isPlane = typeof height === 'number' && typeof width === 'number' && height >= 8 && width >= 8
    return channels && isPlane ? [{ layout, channels, height, width }] : []
  }
  return [...of('nchw', a, b, c), ...of('nhwc', c, a, b)]
}
