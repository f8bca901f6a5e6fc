/** How a Gemini model is told to think: by a number of tokens, by a level, not at all. */
export type ThinkingControl =
  | {
      readonly kind: 'budget'
      readonly tokensMin: number
      readonly tokensMax: number
      readonly mayBeOff: boolean
    }
  | { readonly kind: 'level'; readonly lowest: 'minimal' | 'low'; readonly hasMedium: boolean }
  | { readonly kind: 'none' }

/** What an encoder must know of one model behind the Gemini protocol. */
export interface ModelTraits {
  /** 2.5, 3, 3.1…; 0 for a model that is no Gemini (Gemma). */
  readonly generation: number
  readonly thinking: ThinkingControl
  /** Calls must carry a thought signature, else the request is refused. */
  readonly needsSignatures: boolean
  /** Tools and a demanded JSON schema may stand in one request. */
  readonly takesSchemaWithTools: boolean
  /** A tool's answer may hold images and files. */
  readonly takesMediaInResults: boolean
  /** A schema may be JSON Schema; otherwise only the older subset is understood. */
  readonly takesJsonSchema: boolean
  /** System text has a place of its own. */
  readonly takesSystemInstruction: boolean
}

/** Aliases without a number (`gemini-flash-latest`) follow the newest generation. */
const newestGeneration = 3

/** Reads the traits from a model's name; an unknown name counts as the newest of its kind. */
export function traitsOf(upstreamModel: string): ModelTraits {
  const name = upstreamModel.slice(upstreamModel.lastIndexOf('/') + 1).toLowerCase()
  const generation = generationOf(name)
  return {
    generation,
    thinking: thinkingOf(name, generation),
    needsSignatures: generation >= 3,
    takesSchemaWithTools: generation >= 3,
    takesMediaInResults: generation >= 3,
    takesJsonSchema: generation >= 2.5,
    takesSystemInstruction: !name.startsWith('gemma'),
  }
}

function generationOf(name: string): number {
  const number = /^gemini-(\d+(?:\.\d+)?)/.exec(name)?.[1]
  if (number !== undefined) return Number(number)
  return name.startsWith('gemma') ? 0 : newestGeneration
}

function thinkingOf(name: string, generation: number): ThinkingControl {
  if (generation < 2.5 || /image|banana|tts|audio|embedding/.test(name)) return { kind: 'none' }
  const isPro = name.includes('pro')
  if (generation >= 3) {
    return {
      kind: 'level',
      lowest: isPro ? 'low' : 'minimal',
      hasMedium: !(isPro && generation === 3),
    }
  }
  if (isPro) return { kind: 'budget', tokensMin: 128, tokensMax: 32_768, mayBeOff: false }
  const tokensMin = name.includes('lite') ? 512 : 1
  return { kind: 'budget', tokensMin, tokensMax: 24_576, mayBeOff: true }
}
