import { rooms, type Room, type RoomName } from '#rooms'

import {
  isCode,
  isTest,
  parse,
  type ProjectFile,
  roomOf,
  type TidyRule,
  type Tree,
  type Violation,
  violationAt,
} from './tree.ts'

/** One import of one file: static, dynamic or re-exported. */
interface Import {
  readonly file: ProjectFile
  readonly specifier: string
  readonly offset: number
  readonly isReexport: boolean
}

/** Where an import leads. */
type Target =
  | { readonly kind: 'same_folder' }
  | { readonly kind: 'parent' }
  | { readonly kind: 'room'; readonly room: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'package'; readonly name: string }

/** Folders outside `src` that have an import name of their own, and the rooms that may use them. */
const outsideRooms: Readonly<Record<string, readonly string[]>> = {
  catalog: ['app'],
  bench: [],
  test: [],
  rooms: [],
}

/** Rooms that a test may use beside those of its own room: real parts instead of mocks. */
const testRooms: readonly string[] = ['domain', 'contract', 'ports', 'adapters', 'test']

function importsOf(tree: Tree): Import[] {
  return tree.files.filter(isCode).flatMap((file) => {
    const { module } = parse(file)
    const statics = module.staticImports.map((found) => ({
      file,
      specifier: found.moduleRequest.value,
      offset: found.start,
      isReexport: false,
    }))
    const dynamics = module.dynamicImports.flatMap((found) => {
      const text = file.text.slice(found.moduleRequest.start, found.moduleRequest.end)
      const literal = /^(['"`])([^'"`$]+)\1$/.exec(text)?.[2]
      return literal === undefined
        ? []
        : [{ file, specifier: literal, offset: found.start, isReexport: false }]
    })
    const reexports = module.staticExports.flatMap((found) =>
      found.entries.flatMap((entry) =>
        entry.moduleRequest
          ? [
              {
                file,
                specifier: entry.moduleRequest.value,
                offset: found.start,
                isReexport: true,
              },
            ]
          : [],
      ),
    )
    return [...statics, ...dynamics, ...reexports]
  })
}

function targetOf(specifier: string): Target {
  if (specifier.split('/').includes('..')) return { kind: 'parent' }
  if (specifier.startsWith('.')) return { kind: 'same_folder' }
  if (specifier.startsWith('node:')) return { kind: 'node', name: specifier }
  if (specifier.startsWith('#'))
    return { kind: 'room', room: specifier.slice(1).split('/')[0] ?? '' }
  const parts = specifier.split('/')
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
  return { kind: 'package', name: name ?? specifier }
}

function isRoom(name: string): name is RoomName {
  return Object.hasOwn(rooms, name)
}

function lawOf(room: string): Room | undefined {
  return isRoom(room) ? rooms[room] : undefined
}

/** Judges each import that a file of a known room makes. */
function checkRoomImports(
  tree: Tree,
  judge: (found: {
    room: string
    law: Room
    target: Target
    from: ProjectFile
  }) => string | undefined,
): Violation[] {
  return importsOf(tree).flatMap(({ file, specifier, offset }) => {
    const room = roomOf(file)
    const law = room === undefined ? undefined : lawOf(room)
    if (room === undefined || !law) return []
    const message = judge({ room, law, target: targetOf(specifier), from: file })
    return message === undefined ? [] : [violationAt(file, offset, `${specifier}: ${message}`)]
  })
}

function mayEnter(room: string, target: string, law: Room, from: ProjectFile): boolean {
  if (target === room || law.rooms.includes(target)) return true
  if (outsideRooms[target]?.includes(room) === true) return true
  return isTest(from) && testRooms.includes(target)
}

/** The rules about who may import whom: the table of `rooms.ts`, held. */
export const importRules: readonly TidyRule[] = [
  {
    guarantee: 'every folder of src is a room of rooms.ts, and every #name is known',
    check: (tree) => [
      ...tree.files.flatMap((file) => {
        const room = roomOf(file)
        if (!file.path.startsWith('src/') || (room !== undefined && isRoom(room))) return []
        return [violationAt(file, 0, 'not in a room of rooms.ts: add the room there, with its law')]
      }),
      ...importsOf(tree).flatMap(({ file, specifier, offset }) => {
        const target = targetOf(specifier)
        if (target.kind !== 'room') return []
        if (isRoom(target.room) || Object.hasOwn(outsideRooms, target.room)) return []
        return [violationAt(file, offset, `${specifier} names no room of rooms.ts`)]
      }),
    ],
    planted: [
      { 'src/payments/pay.ts': 'const a = 1' },
      { 'src/loose.ts': 'const a = 1' },
      { 'src/app/main.ts': "import { a } from '#payments/pay.ts'" },
    ],
    lawful: { 'src/app/main.ts': "import { a } from '#domain/money.ts'" },
  },
  {
    guarantee: 'a room imports only the rooms that rooms.ts lists for it',
    check: (tree) =>
      checkRoomImports(tree, ({ room, law, target, from }) => {
        if (target.kind !== 'room' || mayEnter(room, target.room, law, from)) return undefined
        return `${room} may import ${law.rooms.map((name) => `#${name}`).join(', ') || 'no other room'}`
      }),
    planted: [
      { 'src/gateway/chat.ts': "import { a } from '#control/keys.ts'" },
      { 'src/control/keys.ts': "import { a } from '#gateway/chat.ts'" },
      { 'src/control/keys.test.ts': "import { a } from '#gateway/chat.ts'" },
      { 'src/domain/money.ts': "import type { a } from '#ports/clock.ts'" },
      { 'src/domain/money.ts': "const a = await import('#ports/clock.ts')" },
      { 'src/adapters/memory/a.ts': "import { a } from '#gateway/chat.ts'" },
      { 'src/gateway/chat.ts': "import { a } from '#test/server.ts'" },
    ],
    lawful: {
      'src/gateway/chat.ts': "import { a } from '#domain/money.ts'\nimport { b } from './serve.ts'",
      'src/gateway/chat.test.ts': "import { a } from '#adapters/memory/ledger.ts'",
      'src/app/main.ts': "import models from '#catalog/models.json'",
    },
  },
  {
    guarantee: 'a room imports only the packages that rooms.ts lists for it',
    check: (tree) =>
      checkRoomImports(tree, ({ room, law, target, from }) => {
        if (target.kind !== 'package') return undefined
        if (
          isTest(from) ? tree.packages.includes(target.name) : law.packages.includes(target.name)
        ) {
          return undefined
        }
        return `${room} may import ${law.packages.join(', ') || 'no package'}`
      }),
    planted: [
      { 'src/domain/money.ts': "import big from 'big.js'" },
      { 'src/gateway/chat.ts': "import { request } from 'undici'" },
      { 'src/control/keys.ts': "import { z } from 'zod4/core'" },
      { 'src/adapters/postgres/pool.ts': "import { serve } from '@hono/node-server'" },
      { 'src/gateway/chat.test.ts': "import nock from 'nock'" },
    ],
    lawful: {
      'src/contract/chat.ts': "import { z } from 'zod'",
      'src/adapters/postgres/embedded.ts': "import { PGlite } from '@electric-sql/pglite'",
      'src/gateway/chat.test.ts': "import { test } from 'vitest'",
    },
  },
  {
    guarantee: 'node built-ins are used only in the rooms that rooms.ts allows them in',
    check: (tree) =>
      checkRoomImports(tree, ({ room, law, target, from }) =>
        target.kind === 'node' && !law.node && !isTest(from)
          ? `${room} may not use node's own modules: ask for what it needs through a port`
          : undefined,
      ),
    planted: [
      { 'src/domain/ids.ts': "import { randomBytes } from 'node:crypto'" },
      { 'src/control/keys.ts': "import type { Server } from 'node:http'" },
      { 'web/client/call.ts': "import { request } from 'node:http'" },
    ],
    lawful: { 'src/gateway/serve.ts': "import type { IncomingMessage } from 'node:http'" },
  },
  {
    guarantee: 'no import climbs to a parent folder',
    check: (tree) =>
      importsOf(tree).flatMap(({ file, specifier, offset }) =>
        targetOf(specifier).kind === 'parent'
          ? [violationAt(file, offset, `${specifier}: write #room/path.ts instead`)]
          : [],
      ),
    planted: [
      { 'src/gateway/credit/leases.ts': "import { a } from '../chat.ts'" },
      { 'test/sdk/a.test.ts': "export { a } from './../b.ts'" },
    ],
    lawful: { 'src/gateway/chat.ts': "import { a } from './credit/credit.ts'" },
  },
  {
    guarantee: 'no file passes on the exports of another',
    check: (tree) =>
      importsOf(tree).flatMap(({ file, specifier, offset, isReexport }) =>
        isReexport
          ? [violationAt(file, offset, `import ${specifier} where it is needed, without a barrel`)]
          : [],
      ),
    planted: [
      { 'src/domain/all.ts': "export * from './money.ts'" },
      { 'src/domain/all.ts': "export { nanoUsd } from './money.ts'" },
    ],
    lawful: { 'src/domain/money.ts': 'const a = 1\nexport { a }' },
  },
]
