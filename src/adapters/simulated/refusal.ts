/** Why a request is refused: as OpenAI would say it. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly code: string | null
  readonly param: string | null
}

/** A refusal of a request that makes no sense. */
export function refuse(message: string, param: string | null = null): Refusal {
  return { status: 400, message, code: null, param }
}

/** As OpenAI says it of a model that it does not have. */
export function unknownModel(name: unknown): Refusal {
  const message = `The model ${JSON.stringify(name ?? null)} is not simulated here.`
  return { status: 404, message, code: 'model_not_found', param: 'model' }
}
