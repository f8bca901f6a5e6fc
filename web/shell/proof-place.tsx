import { lazy, Suspense } from 'react'

import { useProofWish } from '#web/client/proof.ts'

const ProofDialog = lazy(async () => ({
  default: (await import('./proof-dialog.tsx')).ProofDialog,
}))

/** Where a fresh proof is asked for, when something on the page takes one. */
export function ProofPlace() {
  const wish = useProofWish()
  return <Suspense>{wish && <ProofDialog wish={wish} />}</Suspense>
}
