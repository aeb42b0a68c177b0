/** What is known of a request when a member is chosen for it. */
export interface RequestContext {
  /** Which request it is. The last resort of strategies that go by a key. */
  readonly requestId?: string | undefined;
  /** What requests of one session have in common. */
  readonly sessionId?: string | undefined;
  /** What requests have in common that should go to the same member. */
  readonly routingKey?: string | undefined;
  /** Where the request comes from; preferred unless {@link preferredZones} says otherwise. */
  readonly clientZone?: string | undefined;
  /** Zones that are preferred, none above another. */
  readonly preferredZones?: readonly string[] | undefined;
  /** Tags that the member's node must have. */
  readonly requiredTags?: readonly string[] | undefined;
}

/** By what strategies with keys choose: of equal keys the same. */
export function keyOf({ routingKey, sessionId, requestId }: RequestContext): string | undefined {
  return routingKey ?? sessionId ?? requestId;
}
