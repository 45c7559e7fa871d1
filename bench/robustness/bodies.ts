import { contract } from '../../examples/iris/server/src/contract.ts'

/** The body that asks for the iris sample's prediction. */
export const IRIS = JSON.stringify({ data: contract.sample.data })

/** A row of the models that bench/models makes with 16 numbers in, and the body that asks for its prediction. */
export const ROW = Array.from({ length: 16 }, (_, i) => i / 16)
export const NUMBERS = JSON.stringify({ data: [ROW] })
