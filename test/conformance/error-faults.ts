import { listCases } from '../../src/conformance/suite.ts'
import { type FaultCase, inRefusals, isInfer } from './fault-kinds.ts'
import { type Fault, reply, withHeaders } from './wrong-server.ts'

/** Cases of requests that are refused, of which a model without strings, integers or a second input lacks some. */
const REFUSALS = listCases({ withLimits: false })
  .filter(({ title }) => title.startsWith('Refused: '))
  .map(({ id }) => id)

const STRINGS = ['errors/number-for-text', 'binary-errors/string-length']
const NUMBERS = ['errors/text-for-number', 'errors/out-of-range']
const INTEGERS = ['errors/fraction-for-integer']
const ofIris = REFUSALS.filter((id) => ![...STRINGS, ...INTEGERS].includes(id))

/** Whatever is refused gets the last right answer: a server that checks nothing. */
function accepting(): Fault {
  let right = reply(200, {})
  return {
    answer: (answered, asked) => {
      if (isInfer(asked) && answered.status === 200) right = answered
      return answered.status >= 400 ? right : answered
    },
  }
}

/** Falls over what `deadly` says, and stays so. */
function mortal(deadly: (body: Buffer) => boolean): Fault {
  let dead = false
  return {
    instead: ({ body }) => {
      dead ||= deadly(body)
      return dead ? reply(500, { error: 'dead' }) : undefined
    },
  }
}

/** What is answered instead is binary. */
const MANNERS = ['not-found', 'method', 'content-type'].map((name) => `errors/${name}`)

const MIB = 2 ** 20

export const ERROR_FAULTS: readonly FaultCase[] = [
  {
    name: 'nothing is checked',
    fault: accepting(),
    fails: [...ofIris, ...MANNERS],
    only: true,
  },
  {
    name: 'no integer is checked',
    model: 'two_inputs',
    fault: accepting(),
    fails: [...ofIris, ...INTEGERS, ...MANNERS],
    only: true,
  },
  {
    name: 'no string is checked',
    model: 'string_input',
    fault: accepting(),
    fails: [...REFUSALS.filter((id) => ![...NUMBERS, ...INTEGERS].includes(id)), ...MANNERS],
    only: true,
  },
  {
    name: 'a wrong request is told as a fault of the server',
    fault: inRefusals((answered) => ({ ...answered, status: 500 })),
    fails: [...ofIris, 'errors/not-found', 'errors/method'],
    only: true,
  },
  {
    name: 'errors in another form, as FastAPI has them',
    fault: inRefusals(({ status }) => reply(status, { detail: 'no' })),
    fails: ofIris,
  },
  { name: 'errors as text', fault: inRefusals(({ status }) => reply(status, 'no')), fails: ofIris },
  {
    name: 'what is not there is 400, as Triton has it',
    fault: inRefusals((answered) => (answered.status === 404 ? { ...answered, status: 400 } : answered)),
    fails: ['errors/not-found'],
    only: true,
  },
  {
    name: '405 without Allow',
    fault: inRefusals((answered) => withHeaders(answered, { allow: undefined })),
    fails: ['errors/method'],
    only: true,
  },
  {
    name: 'a product of sizes that overflows is the end',
    fault: mortal((body) => body.includes('1152921504606846978')),
    fails: ['errors/overflow', 'errors/afterwards'],
  },
  {
    name: 'many bytes are the end',
    limits: true,
    fault: mortal((body) => body.length > 8 * MIB),
    fails: ['limits/big-body', 'errors/afterwards'],
  },
  {
    name: 'a bomb goes off',
    limits: true,
    fault: {
      instead: ({ headers, body }) =>
        headers['content-encoding'] && body.length > 100_000 ? reply(200, '') : undefined,
    },
    fails: ['limits/gzip-bomb'],
    only: true,
  },
  {
    name: 'the stack overflows',
    limits: true,
    fault: { instead: ({ body }) => (body.includes('['.repeat(1000)) ? reply(500, '') : undefined) },
    fails: ['limits/deep-json'],
    only: true,
  },
]
