import { type FaultCase, inRequests, isBinary, isInfer, refuse, refuseJson } from './fault-kinds.ts'
import { reply, withHeaders } from './wrong-server.ts'

type Named = { readonly name: string }

/** Faults of how requests are read and answers written: headers, compression, binary tensors. */
export const FORM_FAULTS: readonly FaultCase[] = [
  {
    name: 'a Content-Type is demanded',
    fault: refuse((asked) => isInfer(asked) && asked.headers['content-type'] === undefined),
    fails: ['transport/no-content-type', 'binary/content-type'],
    only: true,
  },
  {
    name: 'no charset is taken',
    fault: refuse(({ headers }) => /charset/.test(String(headers['content-type']))),
    fails: ['transport/charset'],
    only: true,
  },
  {
    name: 'a Content-Length is demanded',
    fault: { instead: ({ headers }) => (headers['transfer-encoding'] ? reply(411, { error: 'length' }) : undefined) },
    fails: ['transport/chunked'],
    only: true,
  },
  {
    name: 'JSON with a charset',
    fault: {
      answer: (answered, asked) =>
        isInfer(asked) && answered.headers['content-type'] === 'application/json'
          ? withHeaders(answered, { 'content-type': 'application/json; charset=utf-8' })
          : answered,
    },
    fails: ['transport/content-type', 'errors/content-type'],
    only: true,
  },
  ...['gzip', 'deflate'].map((encoding) => ({
    name: `no ${encoding}`,
    fault: refuse(({ headers }) => headers['content-encoding'] === encoding),
    fails: [`compression/${encoding}`],
    only: true,
  })),

  {
    name: 'a server that lists no binary extension is not asked for it',
    fault: {
      instead: ({ path, headers }) => {
        if ('inference-header-content-length' in headers) return reply(500, 'asked')
        return path === '/v2' ? reply(200, { name: 'a', version: '1', extensions: [] }) : undefined
      },
    },
    fails: [],
    only: true,
  },
  {
    name: 'binary inputs are not understood',
    fault: refuse(isBinary),
    fails: ['both', 'inputs', 'default', 'alignment', 'content-type', 'raw'].map((name) => `binary/${name}`),
    only: true,
  },
  {
    name: 'JSON, whatever is asked for',
    fault: inRequests(({ parameters: _parameters, outputs, ...json }) => ({
      ...json,
      ...(outputs && { outputs: outputs.map(({ name }: Named) => ({ name })) }),
    })),
    fails: [
      ...['both', 'outputs', 'one-output'].map((name) => `binary/${name}`),
      'errors/parameter-object',
      'binary-errors/flag-word',
    ],
    only: true,
  },
  {
    name: 'binary, whatever is asked for',
    fault: inRequests(({ inputs, id }) => ({ inputs, id, parameters: { binary_data_output: true } })),
    fails: ['infer/answers', 'transport/content-type', 'binary/inputs', 'binary/default', 'binary/one-output'],
  },
  {
    name: 'binary_data_output wins over binary_data',
    fault: inRequests(({ outputs, ...json }) => {
      const plain = outputs?.map(({ name }: Named) => ({ name }))
      return { ...json, ...(outputs && { outputs: json.parameters ? plain : outputs }) }
    }),
    fails: ['binary/precedence'],
    only: true,
  },
  {
    name: 'JSON or binary, not both',
    model: 'two_inputs',
    fault: refuseJson(({ inputs = [] }, asked) => isBinary(asked) && inputs.some?.((input: object) => 'data' in input)),
    fails: ['binary/mixed'],
    only: true,
  },
  {
    name: 'bytes must begin at once behind the JSON',
    fault: refuse(({ headers, body }) => {
      const length = Number(headers['inference-header-content-length'] ?? 0)
      return body.toString('latin1', 0, length).endsWith(' ')
    }),
    fails: ['binary/alignment'],
    only: true,
  },
  {
    name: 'no body without JSON',
    fault: refuse(({ headers }) => headers['inference-header-content-length'] === '0'),
    fails: ['binary/raw'],
    only: true,
  },
]
