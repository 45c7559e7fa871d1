import type { Source } from './fetch-manifest.ts'
import type { Bytes } from './hash.ts'
import type { Installed } from './state.ts'
import type { Store } from './store.ts'
import type { Tools } from './tools.ts'

/** What an app brings along. */
export interface App {
  /** The model's. */
  readonly name: string
  /** The version of onnxruntime. */
  readonly runtime: string
  /** The model that the app is shipped with. */
  readonly bundled: Installed
  readBundled(): Promise<Bytes>
  readonly source: Source
}

/** All that updating needs. */
export interface Setting {
  readonly app: App
  readonly store: Store
  readonly tools: Tools
}
