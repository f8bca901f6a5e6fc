import { startCodelace } from './codelace.ts'
import type { Contender, ContenderName, Surroundings } from './contender.ts'
import { startDirect } from './direct.ts'
import { startNginx } from './nginx.ts'
import { startNodeFloor } from './node-floor.ts'
import { startPortkey } from './portkey.ts'

/** Starts one contender. Throws `Unmeasurable` when it cannot run here. */
export async function startContender(
  name: ContenderName,
  surroundings: Surroundings,
): Promise<Contender> {
  switch (name) {
    case 'direct':
      return startDirect(surroundings)
    case 'nginx':
      return startNginx(surroundings)
    case 'node-floor':
      return startNodeFloor(surroundings)
    case 'codelace-metadata':
      return startCodelace(surroundings, 'metadata')
    case 'codelace-full':
      return startCodelace(surroundings, 'full')
    case 'portkey':
      return startPortkey(surroundings)
    default:
      return name satisfies never
  }
}
