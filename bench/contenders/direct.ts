import type { Contender, Surroundings } from './contender.ts'
import { plainTarget } from './targets.ts'

/** No gateway at all: what the latency of the others is compared with. */
export function startDirect({ upstream }: Surroundings): Contender {
  return {
    name: 'direct',
    pid: null,
    versions: {},
    target: (kind) =>
      plainTarget(kind === 'answer' ? upstream.answerPort : upstream.streamPort, kind),
    databaseCpuMs: async () => null,
    stop: async () => {},
  }
}
