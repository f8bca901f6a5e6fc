import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { freePort, launch } from '#bench/processes/launch.ts'

import type { Contender, Surroundings } from './contender.ts'
import { gatewayTarget, upstreamBaseUrl } from './targets.ts'

/** A relay on Node that parses the body and does nothing else: the floor of the runtime. */
export async function startNodeFloor(surroundings: Surroundings): Promise<Contender> {
  const { upstream, cores, folder } = surroundings
  const port = await freePort()
  const running = await launch({
    command: [
      process.execPath,
      ...surroundings.nodeArguments,
      fileURLToPath(new URL('node-floor-program.ts', import.meta.url)),
      String(port),
      upstreamBaseUrl(upstream, 'answer'),
      upstreamBaseUrl(upstream, 'stream'),
      upstreamBaseUrl(upstream, 'slow_stream'),
    ],
    cores: cores.contender,
    environment: { NODE_ENV: 'production' },
    logPath: join(folder, 'node-floor.log'),
    port,
    readyTimeoutMs: 10_000,
  })
  return {
    name: 'node-floor',
    pid: running.pid,
    versions: { node: process.versions.node },
    target: (kind) =>
      gatewayTarget({ port, kind, model: kind, headers: { authorization: 'Bearer sk-bench' } }),
    databaseCpuMs: async () => null,
    stop: running.stop,
  }
}
