import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { freePort, launch } from '#bench/processes/launch.ts'
import { reasonOf, Unmeasurable } from '#bench/unmeasurable.ts'

import type { Contender, Surroundings } from './contender.ts'
import { gatewayTarget, upstreamBaseUrl, upstreamModel } from './targets.ts'

const version = '1.15.2'
const installTimeoutMs = 180_000

/**
 * The TypeScript gateway that people use today, as npm installs it: no keys, no billing, no log. It is
 * installed into a temporary folder, which is kept for the next run; its install scripts do not run.
 */
export async function startPortkey({ upstream, cores, folder }: Surroundings): Promise<Contender> {
  const program = await installPortkey()
  const port = await freePort()
  const running = await launch({
    command: [process.execPath, program, `--port=${port}`, '--headless'],
    cores: cores.contender,
    environment: { NODE_ENV: 'production' },
    logPath: join(folder, 'portkey.log'),
    port,
    readyTimeoutMs: 30_000,
  })
  return {
    name: 'portkey',
    pid: running.pid,
    versions: { portkey: version },
    target: (kind) =>
      gatewayTarget({
        port,
        kind,
        model: upstreamModel,
        headers: {
          authorization: 'Bearer sk-bench',
          'x-portkey-provider': 'openai',
          'x-portkey-custom-host': upstreamBaseUrl(upstream, kind),
        },
      }),
    databaseCpuMs: async () => null,
    stop: running.stop,
  }
}

async function installPortkey(): Promise<string> {
  const folder = join(tmpdir(), `codelace-bench-portkey-${version}`)
  const program = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  process.stderr.write(`bench: installing @portkey-ai/gateway ${version} into a temporary folder\n`)
  const quiet = ['--no-save', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund']
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', folder, ...quiet, `@portkey-ai/gateway@${version}`],
      { timeout: installTimeoutMs, cwd: folder },
    )
  } catch (error) {
    throw new Unmeasurable(`@portkey-ai/gateway could not be installed: ${reasonOf(error)}`)
  }
  return program
}
