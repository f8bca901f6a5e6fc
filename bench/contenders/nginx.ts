import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { freePort, launch } from '#bench/processes/launch.ts'
import { findNginx, nginxConfiguration, nginxVersion } from '#bench/processes/nginx.ts'

import type { Contender, Surroundings } from './contender.ts'
import { plainTarget } from './targets.ts'

/** The floor: nginx as a bare reverse proxy with one worker, which looks at nothing and keeps nothing. */
export async function startNginx({ upstream, cores, folder }: Surroundings): Promise<Contender> {
  const program = findNginx()
  const answerPort = await freePort()
  const streamPort = await freePort()
  const configPath = join(folder, 'nginx.conf')
  writeFileSync(
    configPath,
    nginxConfiguration(folder, [
      { kind: 'relay', port: answerPort, upstreamPort: upstream.answerPort, buffered: true },
      { kind: 'relay', port: streamPort, upstreamPort: upstream.streamPort, buffered: false },
    ]),
  )
  const running = await launch({
    command: [program, '-c', configPath],
    cores: cores.contender,
    environment: {},
    logPath: join(folder, 'nginx.log'),
    port: streamPort,
    readyTimeoutMs: 10_000,
  })
  return {
    name: 'nginx',
    pid: running.pid,
    versions: { nginx: nginxVersion(program) },
    target: (kind) => plainTarget(kind === 'answer' ? answerPort : streamPort, kind),
    databaseCpuMs: async () => null,
    stop: running.stop,
  }
}
