import type { Issue } from '../errors.ts'
import type { Place, YamlPath } from '../inputs/yaml.ts'

/** Collects every contradiction, so that a user sees them all at once. */
export class Findings {
  readonly issues: Issue[] = []
  readonly warnings: string[] = []
  readonly #locate: (path: YamlPath) => Place

  constructor(locate: (path: YamlPath) => Place) {
    this.#locate = locate
  }

  /** Something is wrong with the value at `path` of vars.yaml. */
  wrong(path: YamlPath, message: string): void {
    this.issues.push({ ...this.#locate(path), path: path.join('.'), message })
  }

  /** Something is wrong with another file. */
  wrongIn(file: string, message: string): void {
    this.issues.push({ file, message })
  }

  warn(message: string): void {
    this.warnings.push(message)
  }
}
