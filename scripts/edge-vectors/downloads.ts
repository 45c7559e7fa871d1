import { sha256 } from './sample.ts'

const SIZE = 1000
const ETAG = '"one"'

/** Byte i of the model is (31 i + 7) mod 256. */
const MODEL = Buffer.from(Array.from({ length: SIZE }, (_, i) => (31 * i + 7) % 256))

interface Exchange {
  /** The headers that the client must send; null: none of this name. */
  readonly request: { readonly range: string | null; readonly ifRange: string | null }
  /** What it gets: bytes from..to of the model (wrong: the last one changed; extra: so many zeros after it); cut: it ends there, with an error. */
  readonly response: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly from?: number
    readonly to?: number
    readonly wrong?: boolean
    readonly extra?: number
    readonly cut?: boolean
  } | null
}

const ask = (n = 0, ifRange: string | null = ETAG) => ({ range: n ? `bytes=${n}-` : null, ifRange: n ? ifRange : null })
const etag = (value = ETAG) => ({ etag: value })
const ranged = (from: number, more: object = {}) => ({
  status: 206,
  headers: { ...etag(), 'content-range': `bytes ${from}-${SIZE - 1}/${SIZE}`, ...more },
  from,
  to: SIZE,
})
const whole = { status: 200, headers: etag(), from: 0, to: SIZE }
const fails = (status: number, headers: Record<string, string> = {}) => ({ status, headers })

interface Vector {
  readonly name: string
  /** Bytes that are there already, right ones or (wrong) with the first one changed. */
  readonly partial: { readonly received: number; readonly etag: string | null; readonly wrong?: boolean } | null
  readonly exchanges: readonly Exchange[]
  readonly answer: 'staged' | 'bad_model' | 'unreachable'
  /** What is kept of an unfinished download. */
  readonly left: { readonly received: number; readonly etag: string | null } | null
}

/** Exchanges with a server, and what comes of them; `response: null`: no connection. Waiting is not part of them. */
export function downloadVectors() {
  return { size: SIZE, sha256: sha256(MODEL), model: MODEL.toString('base64'), vectors: VECTORS }
}

const part = (received: number, tag: string | null = ETAG, wrong?: boolean) => ({
  received,
  etag: tag,
  ...(wrong && { wrong }),
})
const cutAt = (to: number, from = 0) => ({ ...(from ? ranged(from) : whole), to, cut: true })
const none = { response: null }

const VECTORS: readonly Vector[] = [
  {
    name: 'all at once',
    partial: null,
    exchanges: [{ request: ask(), response: whole }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'resumed',
    partial: part(400),
    exchanges: [{ request: ask(400), response: ranged(400) }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'resumed, total not said',
    partial: part(400),
    exchanges: [{ request: ask(400), response: ranged(400, { 'content-range': 'bytes 400-999/*' }) }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'resumed, encoding identity',
    partial: part(400),
    exchanges: [{ request: ask(400), response: ranged(400, { 'content-encoding': 'identity' }) }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'resumed without an ETag',
    partial: part(400, null),
    exchanges: [{ request: ask(400, null), response: ranged(400) }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'resumed with a weak ETag',
    partial: part(400, 'W/"one"'),
    exchanges: [{ request: ask(400, null), response: ranged(400) }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'cut and resumed',
    partial: null,
    exchanges: [
      { request: ask(), response: cutAt(300) },
      { request: ask(300), response: cutAt(700, 300) },
      { request: ask(700), response: ranged(700) },
    ],
    answer: 'staged',
    left: null,
  },
  { name: 'nothing but the check was left to do', partial: part(1000), exchanges: [], answer: 'staged', left: null },
  {
    name: 'more than all is there',
    partial: part(1000 + 1),
    exchanges: [{ request: ask(), response: whole }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'the server ignores Range',
    partial: part(400),
    exchanges: [{ request: ask(400), response: whole }],
    answer: 'staged',
    left: null,
  },
  {
    name: 'the server ignores Range, and is cut before it is where we were',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: cutAt(100) },
      { request: ask(100), response: ranged(100) },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'a range that was not asked for',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: ranged(300) },
      { request: ask(), response: whole },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'a range of another file',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: ranged(400, { 'content-range': 'bytes 400-1999/2000' }) },
      { request: ask(), response: whole },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'a range that says nothing',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: { status: 206, headers: etag(), from: 400, to: 1000 } },
      { request: ask(), response: whole },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'a range of what is compressed',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: ranged(400, { 'content-encoding': 'x-test' }) },
      { request: ask(), response: whole },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'a range that cannot be',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: fails(416, { 'content-range': 'bytes */1000' }) },
      { request: ask(), response: whole },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'restarts without end',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: fails(416) },
      { request: ask(), response: fails(416) },
      { request: ask(), response: fails(416) },
    ],
    answer: 'unreachable',
    left: null,
  },
  {
    name: 'what was there is wrong',
    partial: part(400, ETAG, true),
    exchanges: [
      { request: ask(400), response: ranged(400) },
      { request: ask(), response: whole },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'what was there is wrong, and so is the rest',
    partial: part(400, ETAG, true),
    exchanges: [
      { request: ask(400), response: ranged(400) },
      { request: ask(), response: { ...whole, wrong: true } },
    ],
    answer: 'bad_model',
    left: null,
  },
  {
    name: 'a tampered model',
    partial: null,
    exchanges: [{ request: ask(), response: { ...whole, wrong: true } }],
    answer: 'bad_model',
    left: null,
  },
  {
    name: 'a byte more than said',
    partial: null,
    exchanges: [{ request: ask(), response: { ...whole, extra: 1 } }],
    answer: 'bad_model',
    left: null,
  },
  {
    name: 'a byte less than said, and no more to come',
    partial: null,
    exchanges: [
      { request: ask(), response: { ...whole, to: 999 } },
      { request: ask(999), response: fails(416) },
      { request: ask(), response: { ...whole, to: 999 } },
      { request: ask(999), response: fails(416) },
      { request: ask(), response: { ...whole, to: 999 } },
      { request: ask(999), response: fails(416) },
    ],
    answer: 'unreachable',
    left: null,
  },
  {
    name: 'no model there',
    partial: part(400),
    exchanges: [{ request: ask(400), response: fails(404) }],
    answer: 'unreachable',
    left: part(400),
  },
  {
    name: 'not allowed',
    partial: null,
    exchanges: [{ request: ask(), response: fails(403) }],
    answer: 'unreachable',
    left: null,
  },
  {
    name: 'a hiccup',
    partial: part(400),
    exchanges: [
      { request: ask(400), response: fails(503) },
      { request: ask(400), response: fails(429, { 'retry-after': '0' }) },
      { request: ask(400), response: ranged(400) },
    ],
    answer: 'staged',
    left: null,
  },
  {
    name: 'no connection',
    partial: part(400),
    exchanges: [
      { request: ask(400), ...none },
      { request: ask(400), ...none },
      { request: ask(400), ...none },
    ],
    answer: 'unreachable',
    left: part(400),
  },
  {
    name: 'attempts that bring something are not counted',
    partial: null,
    exchanges: [
      { request: ask(), ...none },
      { request: ask(), response: cutAt(10) },
      { request: ask(10), ...none },
      { request: ask(10), ...none },
      { request: ask(10), response: cutAt(20, 10) },
      { request: ask(20), ...none },
      { request: ask(20), ...none },
      { request: ask(20), ...none },
    ],
    answer: 'unreachable',
    left: part(20),
  },
]
