import { type Node, Visitor, type VisitorObject } from 'oxc-parser'

import {
  isCode,
  isTest,
  parse,
  type ProjectFile,
  type TidyRule,
  type Violation,
  violationAt,
} from './tree.ts'

/** Walks each file given with a visitor that may report violations at nodes. */
function walk(
  files: readonly ProjectFile[],
  visitor: (report: (node: { start: number }, message: string) => void) => VisitorObject,
): Violation[] {
  return files.flatMap((file) => {
    const violations: Violation[] = []
    const report = (node: { start: number }, message: string) => {
      violations.push(violationAt(file, node.start, message))
    }
    new Visitor(visitor(report)).visit(parse(file).program)
    return violations
  })
}

/** The name that an expression ends with: `cost` for both `cost` and `record.cost`. */
function lastName(node: Node): string {
  switch (node.type) {
    case 'Identifier':
      return node.name
    case 'MemberExpression':
      return lastName(node.property)
    case 'CallExpression':
      return lastName(node.callee)
    default:
      return ''
  }
}

function isMoneyName(name: string): boolean {
  return /(?:NanoUsd|PicoUsd)$/.test(name)
}

const floatMakers = ['Number', 'parseFloat', 'parseInt', 'toFixed']

/** Files that may make a number of an amount, each with the reason. */
const estimates: Readonly<Record<string, string>> = {
  'src/gateway/credit/account-credit.ts': 'a rate of spending sizes leases and is never posted',
}

/** Ports without a conformance suite, each with the reason. Every other port must have one. */
const portsWithoutSuite: Readonly<Record<string, string>> = {
  'clock.ts': 'two functions that read a clock: nothing to agree on',
  'content-vault.ts': 'one implementer; its promises are tested beside it with the real cipher',
  'mailer.ts': 'one implementer that sends; it is tested beside it against a real SMTP server',
  'passkey-ceremonies.ts': 'one implementer; it is tested beside it with real signatures',
  'server-secrets.ts': 'one implementer; its promises are tested beside it with the real cipher',
  'store-error.ts': 'an error class that the suites of all stores demand',
  'media-fetcher.ts': 'one implementer, tested beside it against real servers and addresses',
  'request-signer.ts':
    'implementers share no behaviour but the shape; tested beside each, by vectors',
  'tokenizer.ts': 'one implementer, whose counts are estimates by contract; tested beside it',
  'upstream.ts':
    'implementers share only a shape of events; each is tested against real sockets beside it',
}

/** The rules that need the syntax tree. */
export const codeRules: readonly TidyRule[] = [
  {
    guarantee: 'no product code throws a bare Error',
    check: (tree) =>
      walk(
        tree.files.filter((file) => isCode(file) && !isTest(file)),
        (report) => ({
          NewExpression(node) {
            if (lastName(node.callee) === 'Error') {
              report(
                node,
                'a Fault for the caller, assert() for our mistake, or a named error class',
              )
            }
          },
        }),
      ),
    planted: [
      { 'src/gateway/chat.ts': "throw new Error('no')" },
      { 'src/gateway/chat.ts': "const failed = Promise.reject(new Error('no'))" },
    ],
    lawful: { 'src/gateway/chat.ts': "class NoRoom extends Error {}\nthrow new NoRoom('no')" },
  },
  {
    guarantee: 'every exported symbol says what it guarantees',
    check: (tree) =>
      tree.files
        .filter((file) => isCode(file) && !/\.(test|config)\.tsx?$/.test(file.path))
        .flatMap((file) => undocumentedExports(file)),
    planted: [
      { 'src/domain/a.ts': 'export const a = 1' },
      { 'src/domain/a.ts': '// a line comment is none\nexport function a() {}' },
      { 'src/domain/a.ts': '/** Far away. */\nconst b = 1\nexport type A = string' },
      { 'src/domain/a.ts': '/***/\nexport interface A {}' },
    ],
    lawful: {
      'src/domain/a.ts': '/** One. */\nexport const a = 1\n\n/** Two. */\nexport function b() {}',
      'src/domain/b.ts': '/** Local. */\nconst a = 1\nexport { a }',
      'src/domain/a.test.ts': 'export const a = 1',
    },
  },
  {
    guarantee: 'money never passes through a floating-point number',
    check: (tree) =>
      walk(
        tree.files.filter((file) => {
          const isProduct = isCode(file) && /^(src|web)\//.test(file.path) && !isTest(file)
          return isProduct && !Object.hasOwn(estimates, file.path)
        }),
        (report) => ({
          CallExpression(node) {
            const maker = lastName(node.callee)
            const money = [
              ...node.arguments.map((argument) => lastName(argument)),
              node.callee.type === 'MemberExpression' ? lastName(node.callee.object) : '',
            ]
            if (floatMakers.includes(maker) && money.some(isMoneyName)) {
              report(
                node,
                `${maker}() makes a float of money: stay with bigint, or format it as text`,
              )
            }
          },
          UnaryExpression(node) {
            if (node.operator === '+' && isMoneyName(lastName(node.argument))) {
              report(node, 'a plus sign makes a float of money')
            }
          },
          TSPropertySignature(node) {
            const type = node.typeAnnotation?.typeAnnotation.type
            if (type === 'TSNumberKeyword' && isMoneyName(lastName(node.key))) {
              report(node, 'money is a bigint (NanoUsd, PicoUsd)')
            }
          },
        }),
      ),
    planted: [
      { 'src/domain/a.ts': 'const dollars = Number(costNanoUsd) / 1e9' },
      { 'src/domain/a.ts': 'const dollars = Number(record.costNanoUsd)' },
      { 'src/domain/a.ts': 'const dollars = Number.parseFloat(row.pricePicoUsd)' },
      { 'src/domain/a.ts': 'const dollars = +costNanoUsd' },
      { 'src/domain/a.ts': 'interface Charge { readonly costNanoUsd: number }' },
      { 'web/pages/a.tsx': 'const bar = <i>{Number(costNanoUsd)}</i>' },
    ],
    lawful: { 'src/domain/a.ts': 'const count = Number(text)\nconst a = nanoUsd(BigInt(text))' },
  },
  {
    guarantee: 'the domain takes time and chance as arguments',
    check: (tree) =>
      walk(
        tree.files.filter(
          (file) => file.path.startsWith('src/domain/') && isCode(file) && !isTest(file),
        ),
        (report) => ({
          NewExpression(node) {
            if (lastName(node.callee) === 'Date' && node.arguments.length === 0) {
              report(node, 'take the time as an argument')
            }
          },
          MemberExpression(node) {
            const path = `${lastName(node.object)}.${lastName(node.property)}`
            if (path === 'Date.now' || path === 'Math.random')
              report(node, 'take it as an argument')
          },
        }),
      ),
    planted: [
      { 'src/domain/a.ts': 'const now = new Date()' },
      { 'src/domain/a.ts': 'const now = Date.now()' },
      { 'src/domain/a.ts': 'const pick = Math.random' },
    ],
    lawful: { 'src/domain/a.ts': 'const day = new Date(nowMs)' },
  },
  {
    guarantee: 'no test is skipped, left for later or run alone',
    check: (tree) =>
      walk(
        tree.files.filter((file) => isCode(file) && isTest(file)),
        (report) => ({
          MemberExpression(node) {
            const subject = lastName(node.object)
            const property = lastName(node.property)
            const isCase = ['test', 'it', 'describe', 'suite', 'bench'].includes(subject)
            if (isCase && ['skip', 'skipIf', 'runIf', 'todo', 'only', 'fails'].includes(property)) {
              report(node, `${subject}.${property}: a suite that cannot run must fail`)
            }
          },
          CallExpression(node) {
            if (['xit', 'xtest', 'xdescribe', 'fit', 'fdescribe'].includes(lastName(node.callee))) {
              report(node, 'a suite that cannot run must fail')
            }
          },
        }),
      ),
    planted: [
      { 'src/domain/a.test.ts': "test.skip('a', () => {})" },
      { 'src/ports/a.conformance.ts': "describe.only('a', () => {})" },
      { 'test/sdk/a.test.ts': "test.skipIf(!ready)('a', () => {})" },
    ],
    lawful: { 'src/domain/a.test.ts': "test.each([1])('a', () => {})\ntext.only" },
  },
  {
    guarantee: 'every port has a conformance suite, or a reason to have none',
    check: (tree) => {
      const paths = new Set(tree.files.map((file) => file.path))
      const ports = tree.files.filter((file) => /^src\/ports\/[^/.]+\.ts$/.test(file.path))
      const missing = ports.flatMap((file) => {
        const name = file.path.slice('src/ports/'.length)
        const suite = file.path.replace(/\.ts$/, '.conformance.ts')
        if (paths.has(suite) || Object.hasOwn(portsWithoutSuite, name)) return []
        return [violationAt(file, 0, `write ${suite}, and run it over every implementer`)]
      })
      const unused = tree.files
        .filter((file) => /^src\/ports\/.*\.conformance\.ts$/.test(file.path))
        .filter((suite) => !importedByTest(tree.files, suite))
        .map((suite) => violationAt(suite, 0, 'no test runs this suite'))
      return [...missing, ...unused]
    },
    planted: [
      { 'src/ports/mail.ts': '' },
      { 'src/ports/mail.ts': '', 'src/ports/mail.conformance.ts': '' },
    ],
    lawful: {
      'src/ports/mail.ts': '',
      'src/ports/mail.conformance.ts': '',
      'src/ports/clock.ts': '',
      'src/adapters/memory/mail.test.ts': "import { suite } from '#ports/mail.conformance.ts'",
    },
  },
]

function importedByTest(files: readonly ProjectFile[], suite: ProjectFile): boolean {
  const name = suite.path.slice('src/ports/'.length)
  return files.some(
    (file) => isTest(file) && file !== suite && file.text.includes(`#ports/${name}`),
  )
}

function undocumentedExports(file: ProjectFile): Violation[] {
  const { program, comments } = parse(file)
  const documentedUntil = comments
    .filter((comment) => comment.type === 'Block' && /^\*[\s*]*[^\s*]/.test(comment.value))
    .map((comment) => comment.end)
  return program.body.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration' || !statement.declaration) return []
    const isDocumented = documentedUntil.some(
      (end) => end <= statement.start && file.text.slice(end, statement.start).trim() === '',
    )
    return isDocumented
      ? []
      : [violationAt(file, statement.start, 'needs a sentence that states its guarantee')]
  })
}
