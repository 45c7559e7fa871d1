import type { Activation, Dtype, Task } from '../words.ts'

/** Anything that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A fixed size, or the name of a symbolic one. Dims that the model leaves unnamed get a name here (`batch` when leading). */
export type Dim = number | string

/** One tensor of the model's interface. */
export interface TensorConfig {
  readonly name: string
  readonly dtype: Dtype
  /** null where the model does not declare its rank. */
  readonly shape: readonly Dim[] | null
}

/** A feature that is on: what rendered lists say of it. */
export interface FeatureConfig {
  readonly name: string
  readonly summary: string
  /** Folders of the template that bring more of it, as vars asks for. */
  readonly parts: readonly string[]
  /** npm packages and scripts that it adds to package.json. */
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
  /** On which it listens, beside the server's own. */
  readonly ports: readonly number[]
  /** Of the server's folder, which its image needs beside the model and the code. */
  readonly files: readonly string[]
  /** Environment variables of it that may hold secrets. */
  readonly secrets: readonly string[]
  /** It brings `src/<name>/feature.ts`: more than files of the deployment. */
  readonly code: boolean
  /** It brings a `compose.<name>.yaml`. */
  readonly compose: boolean
  /** It brings a kustomize component, `manifests/components/<name>/`. */
  readonly component: boolean
}

/** How pixels become the model's input tensor, complete: nothing is left to a default (VARS.md, "preprocess"). */
export interface ImagePreprocess {
  readonly kind: 'image'
  readonly size: readonly [height: number, width: number]
  readonly crop: 'center' | 'none'
  /** The shorter side before the crop; null without one. */
  readonly resize: number | null
  readonly resample: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos'
  readonly channels: 'rgb' | 'bgr' | 'gray'
  readonly layout: 'nchw' | 'nhwc'
  /** One for each channel, in the order of `channels`; null where the model takes bytes (uint8). */
  readonly mean: readonly number[] | null
  readonly std: readonly number[] | null
}

/** What happens to a request's data before the model. */
export type PreprocessConfig = { readonly kind: 'none' } | ImagePreprocess

/**
 * Everything that a template may read, and nothing else: frozen, plain JSON, without a path of the machine that made it.
 * A test compares the free symbols of every template with these keys.
 */
export interface Config {
  /** DNS label: package, image, namespace and folder. */
  readonly name: string
  readonly template: { readonly name: string; readonly version: string }
  /** The stored (stripped) model, in models/ under its own name. */
  readonly model: {
    readonly file: string
    readonly sha256: string
    readonly bytes: number
    readonly producer: string
    readonly opsets: Readonly<Record<string, number>>
    /** Files of external data beside the model, relative to it. */
    readonly external_data: readonly string[]
    /** StringNormalizer does not load where en_US.UTF-8 is not generated, as in a slim image. */
    readonly needs_locale: boolean
  }
  /** The model in front of it (options.data_cache, level: features), whose output it takes; null without one. */
  readonly encoder: {
    readonly file: string
    readonly sha256: string
    readonly bytes: number
    readonly external_data: readonly string[]
    readonly output: string
    /** Of the model: what the output becomes. */
    readonly input: string
    /** What is handed over. */
    readonly features: TensorConfig
  } | null
  /** Of the encoder, where there is one. */
  readonly inputs: readonly TensorConfig[]
  readonly outputs: readonly TensorConfig[]
  readonly task: Task
  /** `data` of a request is N rows. */
  readonly rows: boolean
  /** The output that /predict answers; null: an object of all of them by name. */
  readonly predict: {
    readonly output: string | null
    readonly activation: Activation
    /** One score per row for two classes is a decision value (above 0: the second), not a probability (from 0.5 on). */
    readonly singleScore?: 'decision'
  }
  /** Label by column (or by class index), and the file in models/ that they were read from; null when there are none. */
  readonly labels: { readonly file: string | null; readonly names: readonly string[] } | null
  /**
   * A request's `data` that is valid, and the prediction it must give (null when vars has none). One input: its nested value;
   * several: by name; with preprocess.kind image: `{image: file}`, a file in models/.
   */
  readonly sample: { readonly given: boolean; readonly data: Json; readonly prediction: Json }
  readonly preprocess: PreprocessConfig
  readonly runtime: { readonly node: number; readonly onnxruntime: string }
  readonly server: { readonly port: number }
  readonly image: {
    readonly repository: string
    readonly model: 'baked' | 'download' | 'volume'
    readonly url: string | null
    readonly sha256: string | null
  }
  readonly resources: {
    readonly cpu: number
    readonly memory: string
    readonly replicas: number
  }
  readonly budget: {
    readonly latency_p99_ms: number
    readonly availability: number
    readonly throughput_rps: number
  }
  readonly code_owners: { readonly infra: string; readonly software: string; readonly ml: string } | null
  readonly features: readonly FeatureConfig[]
  /** The options of vars.yaml that are on, with their defaults filled in. */
  readonly options: { readonly [name: string]: Json }
}
