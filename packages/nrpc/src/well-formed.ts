/** Half a character, which no UTF-8 can carry, becomes a placeholder. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");
