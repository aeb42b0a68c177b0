import { loadInternalClass, type Method, patchMethod } from "./internals.ts";

/** Plants a bug; disposing the result takes it out again. */
export type Patch = () => Promise<Disposable>;

/**
 * For the package with this manifest: replaces a method of a class, named by its module below the
 * source folder.
 */
export function methodOf(
  manifest: string,
): (
  path: readonly [module: string, className: string, name: string],
  wrap: (original: Method) => Method,
) => Patch {
  return ([module, className, name], wrap) =>
    async () =>
      patchMethod(await loadInternalClass(manifest, module, className), name, wrap);
}

/** Plants several at once. */
export function all(...patches: readonly Patch[]): Patch {
  return async () => {
    const planted: Disposable[] = [];
    for (const patch of patches) planted.push(await patch());
    return {
      [Symbol.dispose]: () => {
        for (const one of planted.toReversed()) one[Symbol.dispose]();
      },
    };
  };
}
