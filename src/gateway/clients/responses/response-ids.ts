import { isGenerationId, type GenerationId } from '#domain/identifiers.ts'

/** Which item an id is for. */
export type ItemPrefix = 'msg' | 'rs' | 'fc' | 'ctc' | 'ig'

/** The id of the response that answers a generation: the same letters, so that one finds the other. */
export function responseIdOf(generationId: string): string {
  return `resp_${lettersOf(generationId)}`
}

/** The generation that a response answered; undefined for an id that was not made here. */
export function generationIdOf(responseId: string): GenerationId | undefined {
  const letters = /^resp_([0-9]{10})([0-9A-Za-z]{20})$/.exec(responseId)
  const id = letters ? `gen-${letters[1]}-${letters[2]}` : ''
  return isGenerationId(id) ? id : undefined
}

/** The id of one output item: different for each item of each answer. */
export function itemIdOf(prefix: ItemPrefix, generationId: string, outputIndex: number): string {
  return `${prefix}_${lettersOf(generationId)}_${outputIndex}`
}

function lettersOf(generationId: string): string {
  return generationId.replace(/^gen-/, '').replaceAll('-', '')
}
