import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

import { reasonOf, Unmeasurable } from '#bench/unmeasurable.ts'

const places = [
  '/usr/sbin/nginx',
  '/usr/local/sbin/nginx',
  '/usr/bin/nginx',
  '/opt/nginx/sbin/nginx',
]

/**
 * The path of nginx. Where it is missing and this process may, it is installed from Debian's packages,
 * without starting the service. Throws `Unmeasurable` otherwise.
 */
export function findNginx(): string {
  const found = places.find((path) => existsSync(path)) ?? installNginx()
  if (found) return found
  throw new Unmeasurable('nginx is not installed and could not be installed')
}

function installNginx(): string | undefined {
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version']).status !== 0) {
    throw new Unmeasurable('nginx is not installed (only root on Debian gets it by itself)')
  }
  process.stderr.write('bench: installing nginx-light\n')
  // In run level 1 Debian's package starts no service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const install = ['install', '-y', '--no-install-recommends', 'nginx-light']
  try {
    if (spawnSync('apt-get', install, { env }).status !== 0) {
      execFileSync('apt-get', ['update'], { env, stdio: 'pipe' })
      execFileSync('apt-get', install, { env, stdio: 'pipe' })
    }
  } catch (error) {
    throw new Unmeasurable(`nginx could not be installed: ${reasonOf(error)}`)
  }
  return places.find((path) => existsSync(path))
}

/** The version of nginx, like `1.22.1`. */
export function nginxVersion(path: string): string {
  const text = spawnSync(path, ['-v'], { encoding: 'utf8' }).stderr
  return /nginx\/([\d.]+)/.exec(text)?.[1] ?? 'unknown'
}

/** One server block that answers every request with the same JSON text. */
export interface AnswerServer {
  readonly kind: 'answer'
  readonly port: number
  readonly json: string
}

/** One server block that passes every request on to a port of this machine. */
export interface RelayServer {
  readonly kind: 'relay'
  readonly port: number
  readonly upstreamPort: number
  /** Whether answers are gathered before they are passed on; streams are not. */
  readonly buffered: boolean
}

/**
 * The text of a configuration: one worker, no log, keep-alive without an end on both sides, everything
 * it writes inside `folder`.
 */
export function nginxConfiguration(
  folder: string,
  servers: readonly (AnswerServer | RelayServer)[],
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return [
    'daemon off;',
    // The worker of a root process would become somebody who may not write to the folder.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_processes 1;',
    'worker_rlimit_nofile 20000;',
    'master_process on;',
    `pid ${folder}/nginx.pid;`,
    `error_log ${folder}/error.log error;`,
    'events { worker_connections 16000; }',
    'http {',
    'access_log off;',
    'keepalive_requests 1000000000;',
    'keepalive_timeout 600s;',
    ...temporary.map((name) => `${name}_temp_path ${folder}/${name};`),
    ...servers.flatMap(serverLines),
    '}',
    '',
  ].join('\n')
}

function serverLines(server: AnswerServer | RelayServer): readonly string[] {
  const listen = `listen 127.0.0.1:${server.port} backlog=4096;`
  if (server.kind === 'answer') {
    return [
      `server { ${listen} default_type application/json;`,
      `location / { return 200 '${server.json}'; } }`,
    ]
  }
  const name = `upstream_${server.port}`
  return [
    `upstream ${name} { server 127.0.0.1:${server.upstreamPort}; keepalive 256;`,
    'keepalive_requests 1000000000; keepalive_timeout 600s; }',
    `server { ${listen} location / { proxy_pass http://${name};`,
    'proxy_http_version 1.1; proxy_set_header Connection "";',
    `proxy_read_timeout 600s; proxy_buffering ${server.buffered ? 'on' : 'off'}; } }`,
  ]
}
