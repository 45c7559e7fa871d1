import { type Case, inferCase, protocol } from './case.ts'
import { binary } from './cases/binary.ts'
import { binaryErrors } from './cases/binary-errors.ts'
import { errors } from './cases/errors.ts'
import { health } from './cases/health.ts'
import { inferring } from './cases/infer.ts'
import { limits } from './cases/limits.ts'
import { metadata } from './cases/metadata.ts'
import { tensorErrors } from './cases/tensor-errors.ts'
import { compression, transport } from './cases/transport.ts'
import { infer } from './subject.ts'

const afterwards: Case = inferCase({
  id: 'errors/afterwards',
  title: 'After all of this, it still answers',
  source: protocol('Server Live'),
  run: async (subject) => void (await infer(subject)),
})

/** All cases in the order in which they are asked; the heavy ones only when they are wanted. */
export function listCases({ withLimits }: { readonly withLimits: boolean }): readonly Case[] {
  const light = [...health, ...metadata, ...inferring, ...transport, ...compression, ...binary]
  const wrong = [...errors, ...tensorErrors, ...binaryErrors]
  return [...light, ...wrong, ...(withLimits ? limits : []), afterwards]
}
