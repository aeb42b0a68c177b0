// Applications choose their codes below 0xff00.

/** Reset code of a message that stopped arriving while it held reassembly memory. */
export const RESET_STALLED = 0xff01;
/** Reset code of a stream whose protocol nobody serves here. */
export const RESET_UNKNOWN_PROTOCOL = 0xff02;
/** Reset code of a stream that came after GOAWAY. */
export const RESET_GOING_AWAY = 0xff03;
/** Reset code of a stream whose peer was silent for so long that it counts as failed. */
export const RESET_PEER_FAILED = 0xff04;
