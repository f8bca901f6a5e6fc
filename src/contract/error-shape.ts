import { z } from 'zod'

/** The body of every error answer, as a schema: what `errorEnvelope` makes. */
export const errorEnvelopeShape = z.object({
  error: z.object({
    message: z.string().describe('What happened, what it means for money, and what to do.'),
    type: z.string().describe('OpenAI’s class of error.'),
    param: z.string().nullable().describe('The faulty field.'),
    code: z.string().describe('What exactly happened; stable.'),
    metadata: z.looseObject({ error_type: z.string() }),
  }),
})
