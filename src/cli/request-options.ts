import type { Command } from 'commander'
import type { Request } from '../inputs/request.ts'

/** The flags that say what is read, as commander names them. */
export interface RequestFlags {
  name?: string
  variableFile?: string
  correspondFilePath?: string
  model?: string
  labels?: string
  out?: string
  set?: string[]
  template?: string
  trust?: boolean
  json?: boolean
}

/** Adds the flags that create and validate have in common. */
export function addRequestOptions(command: Command): Command {
  return command
    .option('--name <name>', 'name of the server: a DNS label (package, image, namespace, folder)')
    .option('--model <file>', 'the ONNX model, instead of the one that vars.yaml names')
    .option('--labels <file>', 'the label file, instead of the one that vars.yaml names')
    .option('--set <key=value>', 'override a value of vars.yaml, e.g. server.port=9000 (repeatable)', collect)
    .option('--correspond-file-path <file>', 'which template becomes which file (default: the bundled mapping)')
    .option('--template <dir>', 'a template folder of your own (needs --trust)')
    .option('--trust', 'run the code of a template that is not bundled')
    .option('--json', 'print exactly one JSON document on stdout')
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

export function toRequest(flags: RequestFlags): Request {
  const { json: _json, ...request } = flags
  return request
}
