import {
  isCode,
  type ProjectFile,
  type TidyRule,
  type Tree,
  type Violation,
  violationAt,
} from './tree.ts'

const forbiddenNames = [
  'utils',
  'util',
  'helpers',
  'common',
  'shared',
  'lib',
  'services',
  'types',
  'misc',
]

/** The largest file that may be tracked, and the files that are larger for a reason. */
const fileBytesMax = 256 * 1024
const largeFiles: Readonly<Record<string, string>> = {
  'package-lock.json': 'written by npm',
  'docs/openapi.json': 'made whole from the route table, by npm run docs',
}

/** Folders that must explain themselves at the door: rooms, every adapter, and what lies beside `src`. */
function doorsOf(tree: Tree): string[] {
  const doors = tree.files.flatMap(({ path }) => {
    const parts = path.split('/')
    const top = parts[0] ?? ''
    const hasParts = parts[1] === 'adapters' && parts.length > 3
    if (top === 'src') return [parts.slice(0, hasParts ? 3 : 2), parts.slice(0, 2)]
    return ['bench', 'catalog', 'db', 'docs', 'scripts', 'test', 'web'].includes(top) ? [[top]] : []
  })
  const folders = new Set(doors.map((parts) => parts.join('/')))
  return [...folders].filter((folder) =>
    tree.files.some(({ path }) => path.startsWith(`${folder}/`)),
  )
}

/** Finds every match of a pattern in the files given. */
function matches(
  files: readonly ProjectFile[],
  pattern: RegExp,
  message: (found: string) => string,
): Violation[] {
  return files.flatMap((file) =>
    [...file.text.matchAll(pattern)].map((found) =>
      violationAt(file, found.index, message(found[0].trim())),
    ),
  )
}

// Spelled in pieces, so that this file does not break its own rules.
const openEnds = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
  'g',
)
const machinePaths = new RegExp(
  `(?<![\\w.~/-])/(${['work', 'home', 'Users', 'root', 'tmp'].join('|')})/`,
  'g',
)
const registryHosts = new RegExp(
  `(registry\\.(npmjs|yarnpkg|npmmirror)\\.|https?://[^\\s"']*(${['artifactory', 'verdaccio', 'nexus'].join('|')}))`,
  'g',
)
const disableDirective = /(?:\/\/|\/\*)\s*(?:ox|es)lint-disable[^\n]*/g

/** The rules that need only names and text. */
export const textRules: readonly TidyRule[] = [
  {
    guarantee: 'a file or folder is named for the thing it holds, not for a drawer',
    check: (tree) =>
      tree.files.filter(isCode).flatMap((file) => {
        const names = file.path.split('/').map((part) => part.split('.')[0] ?? '')
        const drawer = names.find((name) => forbiddenNames.includes(name))
        return drawer === undefined
          ? []
          : [violationAt(file, 0, `"${drawer}" is a drawer: name the thing`)]
      }),
    planted: [
      { 'src/domain/utils.ts': '' },
      { 'src/shared/money.ts': '' },
      { 'src/contract/types.ts': '' },
      { 'test/helpers/server.ts': '' },
      { 'src/gateway/lib.test.ts': '' },
    ],
    lawful: { 'src/domain/library.ts': '' },
  },
  {
    guarantee: 'every room and folder explains itself in a README at its door',
    check: (tree) =>
      doorsOf(tree).flatMap((folder) =>
        tree.files.some(({ path, bytes }) => path === `${folder}/README.md` && bytes >= 200)
          ? []
          : [{ path: folder, line: 1, message: 'needs a README.md: promise, boundaries, life' }],
      ),
    planted: [
      { 'src/gateway/chat.ts': '' },
      { 'src/gateway/chat.ts': '', 'src/gateway/README.md': 'too short' },
      { 'src/adapters/README.md': 'x'.repeat(300), 'src/adapters/mail/send.ts': '' },
      { 'bench/run.ts': '' },
    ],
    lawful: { 'src/gateway/chat.ts': '', 'src/gateway/README.md': 'x'.repeat(300) },
  },
  {
    guarantee: 'a lint rule is switched off only with a reason',
    check: (tree) =>
      tree.files
        .filter(isCode)
        .flatMap((file) =>
          [...file.text.matchAll(disableDirective)].flatMap((found) =>
            / -- \S+(\s+\S+){2,}/.test(found[0])
              ? []
              : [violationAt(file, found.index, 'write the reason after " -- "')],
          ),
        ),
    planted: [
      { 'src/app/main.ts': `// ${'oxlint'}-disable-next-line no-console\nconst a = 1` },
      { 'src/app/main.ts': `/* ${'eslint'}-disable max-lines -- long */` },
    ],
    lawful: {
      'src/app/main.ts': `// ${'oxlint'}-disable-next-line no-console -- the console is the product here`,
    },
  },
  {
    guarantee: 'nothing is left for later in a comment',
    check: (tree) =>
      matches(tree.files, openEnds, (found) => `${found}: do it or write it down elsewhere`),
    planted: [
      { 'src/app/main.ts': `// ${'TO' + 'DO'}: later` },
      { 'README.md': `${'FIX' + 'ME'}` },
    ],
    lawful: { 'src/app/main.ts': "const todos = ['a']" },
  },
  {
    guarantee: 'no file knows the machine it was written on',
    check: (tree) => [
      ...matches(tree.files, machinePaths, (found) => `${found} exists on one machine only`),
      ...matches(
        tree.files,
        registryHosts,
        (found) => `${found}: the registry is npm's own setting`,
      ),
    ],
    planted: [
      { 'docs/a.md': `run /${'home'}/someone/codelace` },
      { 'test/a.test.ts': `const folder = '/${'tmp'}/x'` },
      { 'package-lock.json': `"resolved": "https://${'registry'}.npmjs.org/a.tgz"` },
    ],
    lawful: { 'docs/a.md': 'https://example.com/home/page and src/work/a and ~/work/b' },
  },
  {
    guarantee: 'no large file is tracked without a reason',
    check: (tree) =>
      tree.files.flatMap((file) =>
        file.bytes <= fileBytesMax || Object.hasOwn(largeFiles, file.path)
          ? []
          : [violationAt(file, 0, `${file.bytes} bytes: at most ${fileBytesMax}`)],
      ),
    planted: [{ 'catalog/all.json': ' '.repeat(fileBytesMax + 1) }],
    lawful: { 'package-lock.json': ' '.repeat(fileBytesMax + 1) },
  },
  {
    guarantee: 'the lock file lists the packages of every platform, so that npm ci works on each',
    check: (tree) =>
      tree.files.filter(({ path }) => path === 'package-lock.json').flatMap(missingPlatforms),
    planted: [
      {
        'package-lock.json': JSON.stringify({
          packages: { 'node_modules/a': { optionalDependencies: { 'a-darwin-arm64': '1.0.0' } } },
        }),
      },
    ],
    lawful: {
      'package-lock.json': JSON.stringify({
        packages: {
          'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0' } },
          'node_modules/a-linux': { version: '1.0.0' },
        },
      }),
    },
  },
]

/**
 * npm leaves an optional package out of the lock file when it cannot reach it, and then `npm ci` refuses
 * the lock file on every machine.
 */
function missingPlatforms(lock: ProjectFile): Violation[] {
  const packages: Record<string, { optionalDependencies?: object }> = JSON.parse(lock.text).packages
  return Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${folder}/node_modules/${name}`],
      )
      .map((name) =>
        violationAt(lock, 0, `${name} is missing: run npm install with the whole registry`),
      ),
  )
}
