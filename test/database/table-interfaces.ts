import { readFileSync } from 'node:fs'

import { parseSync, type TSInterfaceDeclaration, type TSTypeReference } from 'oxc-parser'

/** One column as a table's interface declares it: the text of its type. */
export type DeclaredColumns = Readonly<Record<string, string>>

/**
 * Reads, from a TypeScript file, the interface that lists tables (`CoreTables`) and the interface of each
 * of them. Throws when the list or one of its tables is not an interface of that file.
 */
export function readTableInterfaces(file: URL, list: string): Record<string, DeclaredColumns> {
  const text = readFileSync(file, 'utf8')
  const interfaces = new Map<string, TSInterfaceDeclaration>()
  for (const statement of parseSync(file.pathname, text).program.body) {
    const declared = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement
    if (declared?.type === 'TSInterfaceDeclaration') interfaces.set(declared.id.name, declared)
  }
  const membersOf = (name: string): Record<string, string> => {
    const found = interfaces.get(name)
    if (!found) throw new MissingInterface(`${file.pathname} has no interface ${name}`)
    return Object.fromEntries(found.body.body.map((member) => memberOf(member, text)))
  }
  return Object.fromEntries(
    Object.entries(membersOf(list)).map(([table, name]) => [table, membersOf(name)]),
  )
}

/** A table is listed whose interface is not there. */
class MissingInterface extends Error {
  override readonly name = 'MissingInterface'
}

function memberOf(
  member: TSInterfaceDeclaration['body']['body'][number],
  text: string,
): [string, string] {
  if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') {
    throw new MissingInterface('an interface of a table has plain properties only')
  }
  const type = member.typeAnnotation?.typeAnnotation
  if (!type) throw new MissingInterface(`the column ${member.key.name} has no type`)
  const selected = type.type === 'TSTypeReference' ? selectedType(type) : type
  return [member.key.name, text.slice(selected.start, selected.end)]
}

/** What a query returns for a column: the first argument of Kysely's wrappers. */
function selectedType(reference: TSTypeReference): { start: number; end: number } {
  const name = reference.typeName.type === 'Identifier' ? reference.typeName.name : ''
  const isWrapper = ['Generated', 'GeneratedAlways', 'ColumnType'].includes(name)
  return (isWrapper && reference.typeArguments?.params[0]) || reference
}
