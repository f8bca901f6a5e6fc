/**
 * The import law, as one table. Everything that is not listed here is forbidden.
 *
 * `rooms` names the other rooms a room may import (a room may always import itself). `packages` names
 * the npm packages it may import; `node` says whether `node:` built-ins are allowed. The lint
 * configuration and `test/tidy.test.ts` both read this table, so the law stands in one place.
 */
export interface Room {
  readonly rooms: readonly string[]
  readonly packages: readonly string[]
  readonly node: boolean
}

/** The law: one row for each folder of `src`, and one for `web`, which runs in a browser. */
export const rooms = {
  domain: { rooms: [], packages: [], node: false },
  contract: { rooms: ['domain'], packages: ['zod'], node: false },
  ports: { rooms: ['domain'], packages: [], node: false },
  gateway: { rooms: ['domain', 'contract', 'ports'], packages: ['@fastify/busboy'], node: true },
  control: { rooms: ['domain', 'contract', 'ports'], packages: ['hono', 'zod'], node: false },
  adapters: {
    rooms: ['domain', 'ports'],
    packages: [
      'kysely',
      'pg',
      '@electric-sql/pglite',
      '@electric-sql/pglite-socket',
      'undici',
      'gpt-tokenizer',
      'nodemailer',
      '@simplewebauthn/server',
      'aws4fetch',
      'jose',
    ],
    node: true,
  },
  app: {
    rooms: ['domain', 'contract', 'ports', 'gateway', 'control', 'adapters'],
    packages: [
      '@hono/node-server',
      'hono',
      'commander',
      'jsonc-parser',
      'picocolors',
      '@pydantic/genai-prices',
      'zod',
    ],
    node: true,
  },
  web: {
    rooms: ['domain', 'contract'],
    packages: [
      '@base-ui/react',
      '@fontsource-variable/geist',
      '@fontsource-variable/geist-mono',
      '@simplewebauthn/browser',
      '@tanstack/react-query',
      '@tanstack/react-router',
      '@tanstack/react-virtual',
      'cmdk',
      'lucide-react',
      'react',
      'react-dom',
      'uplot',
      'zod',
    ],
    node: false,
  },
} as const satisfies Record<string, Room>

/** The name of a room, which is the name of its folder and of its import prefix. */
export type RoomName = keyof typeof rooms
