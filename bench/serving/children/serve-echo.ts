import { tell } from './parent.ts'
import { servePlain } from './plain.ts'

// usage: serve-echo PREDICTION: a plain Fastify that always answers these numbers (JSON): HTTP and JSON without a model.

const prediction: number[] = JSON.parse(process.argv[2] ?? '')
tell({ port: await servePlain(async () => ({ prediction })) })
