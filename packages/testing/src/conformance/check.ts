/** One check of a conformance suite; it throws (rejects) when the check fails. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<void>;
}

/** Makes checks that each get a bench of their own, which is disposed of after them. */
export function checksOn<Bench extends { dispose(): Promise<void> }>(
  setup: () => Promise<Bench>,
): (name: string, body: (bench: Bench) => Promise<void>) => ConformanceCheck {
  return (name, body) => ({
    name,
    run: async () => {
      const bench = await setup();
      try {
        await body(bench);
      } finally {
        await bench.dispose();
      }
    },
  });
}
