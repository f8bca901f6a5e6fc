import type { Fault } from '#domain/faults.ts'

import type { JsonAnswer } from './json-answer.ts'
import type { PlainProduct } from './plain/plain-product.ts'
import type { StreamEnd, StreamRelay } from './stream/stream-relay.ts'
import type { TranslatedAnswer } from './translate/translated-answer.ts'
import type { TranslatedStream } from './translate/translated-stream.ts'
import type { AttemptFailure } from './upstream-faults.ts'

/** What came of asking upstream. */
export type Answered = HeardAnswer | Unanswered

/**
 * `answer`: a whole answer, of which the client has seen nothing yet. `stream`: a stream of which the client
 * has seen all but the held-back end. `translated` and `translated_stream`: the same of a pair that does not
 * speak chat on both sides. `plain`: of an endpoint that answers once.
 */
export type HeardAnswer =
  | { readonly kind: 'answer'; readonly answer: JsonAnswer }
  | { readonly kind: 'stream'; readonly relay: StreamRelay; readonly end: StreamEnd }
  | { readonly kind: 'translated'; readonly answer: TranslatedAnswer }
  | {
      readonly kind: 'translated_stream'
      readonly stream: TranslatedStream
      readonly end: StreamEnd
    }
  | { readonly kind: 'plain'; readonly answer: PlainProduct }

/**
 * `failed`: nobody could answer. `gone`: the client left before there was anything to deliver. `stopped`:
 * this life had to end.
 */
export type Unanswered =
  | { readonly kind: 'failed'; readonly failure: AttemptFailure }
  | { readonly kind: 'gone' }
  | { readonly kind: 'stopped'; readonly fault: Fault }
