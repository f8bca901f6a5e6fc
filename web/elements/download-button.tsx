import { Download } from 'lucide-react'

import { useChange } from '#web/client/change.ts'

import { Button } from './button.tsx'

/** Hands what is listed to the browser as a CSV file that the server writes; what goes wrong is told. */
export function DownloadButton({
  title,
  isEmpty,
  run,
}: {
  /** What the file will hold. */
  title: string
  isEmpty: boolean
  run: () => Promise<void>
}) {
  const downloading = useChange(run)
  return (
    <Button
      icon={<Download size={14} aria-hidden />}
      title={title}
      disabled={isEmpty}
      isBusy={downloading.isPending}
      onClick={() => downloading.mutate(undefined)}
    >
      CSV
    </Button>
  )
}
