/** Functions that a generated module ends with if it calls them, so that it depends on nothing else. */
export const helpers: Readonly<Record<string, string>> = {
  checkUint32: `
function checkUint32(value: number, field: string): number {
  if (value >>> 0 === value) return value;
  throw new RangeError(\`\${field} must be a 32-bit unsigned integer, got \${value}\`);
}`,
  checkSint32: `
function checkSint32(value: number, field: string): number {
  if ((value | 0) === value) return value;
  throw new RangeError(\`\${field} must be a 32-bit signed integer, got \${value}\`);
}`,
  checkCount: `
function checkCount<T>(items: readonly T[], maxCount: number, field: string): readonly T[] {
  if (items.length <= maxCount) return items;
  throw new RangeError(\`\${field} must have at most \${maxCount} items, got \${items.length}\`);
}`,
  append: `
function append<T>(items: T[], item: T, maxCount: number, field: string): void {
  if (items.length === maxCount) {
    throw new RangeError(\`\${field} must have at most \${maxCount} items\`);
  }
  items.push(item);
}`,
  skipField: `
/** Skips a field from a newer schema; a known one is here only if its wire type is wrong. */
function skipField(reader: Reader, tag: number, known: readonly number[]): void {
  const field = tag >>> 3;
  if (known.includes(field)) {
    throw new RangeError(\`field \${field} must not have wire type \${tag & 7}\`);
  }
  reader.skipType(tag & 7, 0, field);
}`,
  malformed: `
function malformed(message: string, cause: unknown): RangeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RangeError(\`malformed \${message}: \${reason}\`, { cause });
}`,
};
