import type { Framing } from '#gateway/canonical/provider-protocol.ts'
import type { WireEvent } from '#gateway/canonical/wire-event.ts'

import { awsEventFramer } from './aws-event-stream.ts'
import { sseFramer, type EventFramer } from './sse-events.ts'

/** Makes a framer that hands its events to `sink`. */
export type MakeFramer = (sink: (event: WireEvent) => void, eventBytesMax: number) => EventFramer

/** How the bytes of each framing are cut into events. */
export const framers: Readonly<Record<Framing, MakeFramer>> = {
  sse: sseFramer,
  aws_event_stream: awsEventFramer,
}
