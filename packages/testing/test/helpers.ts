import type { DatagramDriver } from "@selvage/transport";

import type { SimNode } from "../src/index.ts";

/** Collects what a driver gets as `length@time`, or as text if it was sent as text. */
export function listen(node: SimNode, driver: DatagramDriver): string[] {
  const heard: string[] = [];
  driver.listen({
    onDatagram: (bytes) => heard.push(new TextDecoder().decode(bytes)),
    onError: (error) => {
      throw error;
    },
  });
  return heard;
}

/** Text as a datagram of its own. */
export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** Opens a socket that hears, with what it heard. */
export function socket(node: SimNode): { driver: DatagramDriver; heard: string[] } {
  const driver = node.bind();
  return { driver, heard: listen(node, driver) };
}
