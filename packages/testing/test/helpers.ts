import type { DatagramDriver } from "@selvage/transport";

import type { SimNode } from "../src/index.ts";

/** Text as a datagram of its own. */
export const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** A bound driver that listens, with the texts and the times at which they came. */
export interface Socket {
  readonly driver: DatagramDriver;
  readonly address: string;
  readonly heard: string[];
  readonly times: number[];
  send(content: string, to: { readonly address: string }): boolean;
}

/** Opens a socket on a node; `onText` sees what comes. */
export function socket(node: SimNode, onText?: (content: string, from: string) => void): Socket {
  const driver = node.bind();
  const started = node.clock.now();
  const heard: string[] = [];
  const times: number[] = [];
  driver.listen({
    onDatagram: (bytes, from) => {
      const content = new TextDecoder().decode(bytes);
      heard.push(content);
      times.push(node.clock.now() - started);
      onText?.(content, from);
    },
    onError: (error) => {
      throw error;
    },
  });
  const { address } = driver;
  const send = (content: string, to: { readonly address: string }): boolean =>
    driver.send(text(content), to.address);
  return { driver, address, heard, times, send };
}
