import { Button } from './button.tsx'

/** The way further back in a list that is newest first; nothing where there is no more. */
export function ShowOlder({
  hasMore,
  isBusy,
  show,
}: {
  hasMore: boolean
  isBusy: boolean
  show: () => void
}) {
  if (!hasMore) return null
  return (
    <div className="border-t border-line p-3 text-center">
      <Button size="small" isBusy={isBusy} onClick={show}>
        Show older ones
      </Button>
    </div>
  )
}
