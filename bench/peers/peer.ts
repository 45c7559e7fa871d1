/** What a server is asked: a row of numbers, or a photo as the bytes of a JPEG file. */
export type Input =
  | { readonly kind: 'row'; readonly row: readonly number[] }
  | { readonly kind: 'image'; readonly file: Uint8Array }

export type Kind = Input['kind']

/** A model and what it is asked, the same for all servers. */
export interface Task {
  readonly kind: Kind
  /** The model's file. */
  readonly model: string
  /** The output that is wanted. */
  readonly output: string
}

/** What is sent to a server: the same input in each one's own protocol. */
export interface Question {
  readonly path: string
  readonly type: string
  readonly body: string | Uint8Array
}

/** How a server's process is started. */
export interface Launch {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface LaunchOptions {
  /** The environment's folder of programs. */
  readonly bin: string
  readonly port: number
  /** More free ports, for what else a server insists on listening to. */
  readonly morePorts: readonly [number, number]
  readonly task: Task
}

/** A server that people would choose instead of ours, in a Python environment of its own. */
export interface Peer {
  readonly id: string
  /** Of server.py and requirements.txt. */
  readonly folder: string
  readonly title: string
  /** Those of requirements.txt whose versions are said. */
  readonly packages: readonly string[]
  /** What was chosen, in Markdown: where its documentation leaves a choice, the fastest of what was tried. */
  readonly settings: string
  launch(options: LaunchOptions): Launch
  ask(input: Input): Question
  /** The numbers of one prediction. Throws when the answer has another shape. */
  read(answer: unknown): number[]
}

/** `file` as the only field of an HTML form. */
export function askWithForm(path: string, field: string, file: Uint8Array): Question {
  const boundary = 'peers'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`
  return {
    path,
    type: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}

/** A JSON document. */
export function askWithJson(path: string, value: unknown): Question {
  return { path, type: 'application/json', body: JSON.stringify(value) }
}
