import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { makeNodeId, type NodeId, type RandomBytes } from '#domain/identifiers.ts'

import { StartError } from './start-error.ts'
import { writeWhole } from './write-whole.ts'

/**
 * The name of this node, kept with its journal: the same data folder is always the same node. Made on
 * the first start. Throws `StartError` when the file holds anything else.
 */
export function readOrMakeNodeId(dataFolder: string, randomBytes: RandomBytes): NodeId {
  const path = join(dataFolder, 'node-id')
  const text = readText(path)
  if (text === undefined) {
    const id = makeNodeId(randomBytes)
    writeWhole(path, `${id}\n`)
    return id
  }
  const id = text.trim()
  if (isNodeId(id)) return id
  throw new StartError(
    `${path} does not hold the name of a node. Restore it: without it the charges in the journal beside it cannot be settled.`,
  )
}

function isNodeId(text: string): text is NodeId {
  return /^node_[0-9A-Za-z]{20}$/.test(text)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
