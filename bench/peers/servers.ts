import { bentoml } from './bentoml/peer.ts'
import { fastapi, fastapiAsync } from './fastapi/peer.ts'
import { litserve } from './litserve/peer.ts'
import { mlserver } from './mlserver/peer.ts'
import type { Peer } from './peer.ts'

export const peers: readonly Peer[] = [fastapi, fastapiAsync, litserve, bentoml, mlserver]
