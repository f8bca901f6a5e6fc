import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { Cores } from '#bench/processes/cores.ts'
import { freePort, launch, type Running } from '#bench/processes/launch.ts'
import { findNginx, nginxConfiguration } from '#bench/processes/nginx.ts'
import { reasonOf } from '#bench/unmeasurable.ts'

import { answerText } from './answers.ts'

/** The providers that every contender stands in front of. */
export interface Upstream {
  /** Answers every request at once with a whole answer. */
  readonly answerPort: number
  /** Streams at the pace that the path names. */
  readonly streamPort: number
  /** What answers, for the results. */
  readonly note: string
  readonly stop: () => Promise<void>
}

const readyTimeoutMs = 10_000

/** Starts both providers: nginx for whole answers where there is one, Node for streams. */
export async function startUpstream(folder: string, cores: Cores): Promise<Upstream> {
  const streamPort = await freePort()
  const streams = await launch({
    command: [process.execPath, programPath(), String(streamPort)],
    cores: cores.others,
    environment: {},
    logPath: join(folder, 'upstream-streams.log'),
    port: streamPort,
    readyTimeoutMs,
  })
  const { port: answerPort, running, note } = await startAnswers(folder, cores)
  return {
    answerPort,
    streamPort,
    note,
    stop: async () => {
      await Promise.all([running.stop(), streams.stop()])
    },
  }
}

function programPath(): string {
  return fileURLToPath(new URL('program.ts', import.meta.url))
}

async function startAnswers(
  folder: string,
  cores: Cores,
): Promise<{ port: number; running: Running; note: string }> {
  const port = await freePort()
  const common = {
    cores: cores.others,
    environment: {},
    logPath: join(folder, 'upstream-answers.log'),
    port,
    readyTimeoutMs,
  }
  try {
    const nginx = findNginx()
    const configPath = join(folder, 'upstream.conf')
    writeFileSync(
      configPath,
      nginxConfiguration(folder, [{ kind: 'answer', port, json: answerText }]),
    )
    const running = await launch({ ...common, command: [nginx, '-c', configPath] })
    return { port, running, note: 'answers by nginx, streams by node' }
  } catch (error) {
    const running = await launch({
      ...common,
      command: [process.execPath, programPath(), String(port)],
    })
    return { port, running, note: `answers and streams by node (${reasonOf(error)})` }
  }
}
