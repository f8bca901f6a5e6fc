import type { Asked, EndpointAnswer } from './asked.ts'
import { embeddings } from './embeddings.ts'
import { imageEdits, imageGenerations } from './images.ts'
import { moderations } from './moderations.ts'
import { rerank } from './rerank.ts'
import { speech } from './speech.ts'
import { transcriptions } from './transcriptions.ts'

/** One endpoint: the model that answers there, and how. */
export interface SimulatedEndpoint {
  readonly model: string
  readonly answer: (asked: Asked) => EndpointAnswer
}

const endpoints: Readonly<Record<string, SimulatedEndpoint>> = {
  '/embeddings': { model: 'sim/embed', answer: embeddings },
  '/rerank': { model: 'sim/rerank', answer: rerank },
  '/moderations': { model: 'sim/moderate', answer: moderations },
  '/images/generations': { model: 'sim/image', answer: imageGenerations },
  '/images/edits': { model: 'sim/image', answer: imageEdits },
  '/audio/speech': { model: 'sim/speech', answer: speech },
  '/audio/transcriptions': { model: 'sim/transcribe', answer: transcriptions },
}

/** The models behind the endpoints, each once. */
export const endpointModels: readonly string[] = [
  ...new Set(Object.values(endpoints).map(({ model }) => model)),
]

/** The endpoint at an address; undefined: there is none. */
export function endpointAt(path: string): SimulatedEndpoint | undefined {
  const found = Object.entries(endpoints).find(([end]) => path.endsWith(end))
  return found?.[1]
}
