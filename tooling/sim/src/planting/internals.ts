import path from "node:path";
import { pathToFileURL } from "node:url";

/** A class, as a patch sees it. */
export interface PatchableClass {
  readonly prototype: object;
}

/** A method as a patch sees it. */
export type Method = (this: object, ...parameters: readonly unknown[]) => unknown;

/**
 * Loads a class that its package does not export, so that a bug can be planted in it. It is the
 * copy in use: of the sources while this file runs from sources, of the build otherwise. `manifest`
 * is the package's package.json; the module is named by its path below the source folder, without
 * extension.
 */
export async function loadInternalClass(
  manifest: string,
  modulePath: string,
  className: string,
): Promise<PatchableClass> {
  const isSource = import.meta.url.endsWith(".ts");
  const [folder, extension] = isSource ? ["src", ".ts"] : ["dist", ".js"];
  const file = path.join(path.dirname(manifest), folder, `${modulePath}${extension}`);
  const loaded = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  const found = loaded[className];
  if (typeof found !== "function") throw new TypeError(`${file} has no class ${className}`);
  return found;
}

/** Replaces a method of a class until disposed; `wrap` gets the original. */
export function patchMethod(
  { prototype }: PatchableClass,
  name: string,
  wrap: (original: Method) => Method,
): Disposable {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (typeof descriptor?.value !== "function") throw new TypeError(`there is no method "${name}"`);
  const value = wrap(descriptor.value as Method);
  Object.defineProperty(prototype, name, { ...descriptor, value });
  return { [Symbol.dispose]: () => void Object.defineProperty(prototype, name, descriptor) };
}

/** Replaces a getter of a class until disposed; `wrap` gets the original. */
export function patchGetter(
  { prototype }: PatchableClass,
  name: string,
  wrap: (original: Method) => Method,
): Disposable {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor?.get === undefined) throw new TypeError(`there is no getter "${name}"`);
  const get = wrap(descriptor.get as Method);
  Object.defineProperty(prototype, name, { ...descriptor, get });
  return { [Symbol.dispose]: () => void Object.defineProperty(prototype, name, descriptor) };
}
