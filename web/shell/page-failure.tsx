import { Failure } from '#web/elements/states.tsx'

/** A page that broke: what it said, and the way to try again. The frame around it goes on working. */
export function PageFailure({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <main id="main" className="mx-auto max-w-280 px-4 pt-8 md:px-8">
      <h1 className="mb-4 text-20 font-semibold tracking-tight">This page did not open</h1>
      <Failure error={error} retry={reset} />
    </main>
  )
}
