import { tell } from './parent.ts'
import { loadServer, serve } from './server.ts'
import { stub } from './stub.ts'

// usage: serve-generated FOLDER [stub]: a generated server; with `stub`, its model replaced by a constant.

const [folder = '', variant] = process.argv.slice(2)
const server = await loadServer(folder, variant === 'stub' ? [stub] : [])
tell(await serve(server))
