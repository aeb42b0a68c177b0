/** The Noise handshake `Noise_XXpsk3_25519_ChaChaPoly_BLAKE2s` (revision 34 of the specification). */
export {
  createNoiseInitiator,
  createNoiseResponder,
  NOISE_MESSAGE_1_OVERHEAD_BYTES,
  NOISE_MESSAGE_2_OVERHEAD_BYTES,
  NOISE_MESSAGE_3_OVERHEAD_BYTES,
  NOISE_PROTOCOL_NAME,
  type NoiseConfig,
  type NoiseHandshake,
} from "./handshake-state.ts";
