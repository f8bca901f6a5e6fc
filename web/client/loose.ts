/** A change of some members; one that is undefined is taken away. */
export type Loose<Shape> = { readonly [Name in keyof Shape]?: Shape[Name] | undefined }

/** The members that are there: what was taken away is gone, not undefined. */
export function withoutUndefined<Shape extends object>(loose: Loose<Shape>): Shape {
  return Object.fromEntries(
    Object.entries(loose).filter(([, value]) => value !== undefined),
  ) as Shape
}
