/** Reset code by which a caller takes a call back. */
export const RESET_CANCELLED = 1;
/** Reset code of a call that got no answer for a fault of the provider. */
export const RESET_UNANSWERED = 2;
/** Reset code of a call that was answered, but whose caller goes on sending requests. */
export const RESET_UNREAD = 3;
/**
 * Reset code by which a caller leaves an attempt that took too long, or whose provider fell silent.
 * It may come again: a call that names an idempotency key runs on.
 */
export const RESET_GIVEN_UP = 4;
