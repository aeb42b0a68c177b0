import type { Criterion } from "../acceptance.ts";
import type { TimedEvent } from "../story-event.ts";

/** Shows the story to people. */
export interface View {
  /** Shows one event. */
  show(event: TimedEvent): void;
  /** Ends with what was to be proved. */
  end(criteria: readonly Criterion[]): void;
  /** Leaves the terminal as it was found. Idempotent, and synchronous for exit paths. */
  close(): void;
}
