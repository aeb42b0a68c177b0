import { fromHex, toHex } from "@selvage/core";
import { type CryptoProvider, generatePsk, Identity } from "@selvage/identity";
import { createTransport, type Transport } from "@selvage/transport";
import { createUdpDriver } from "@selvage/transport/udp";

import type { Loads } from "../../processes/load.ts";
import type { Ends } from "../../processes/serve-requests.ts";
import { startLossyProxy } from "./lossy-proxy.ts";
import { sealedLoads, serveSealed } from "./sealed-loads.ts";

interface Endpoint {
  readonly address: string;
  /** Hexadecimal. */
  readonly psk: string;
}

/** What distinguishes the contestants of ours from each other. */
export interface SealedConfig {
  /** `undefined`: what it needs is not installed. */
  readonly crypto: () => CryptoProvider | undefined;
  /** Puts a proxy between the ends that loses this share of the datagrams, either way. */
  readonly lossRate?: number | undefined;
}

/** Our encrypted transport, with nothing above it. */
export function sealed({ crypto, lossRate }: SealedConfig): Ends {
  // Who knows the other end's own address goes round a bad path.
  const advertise = lossRate === undefined ? undefined : [];
  const open = async (psk: Uint8Array): Promise<Transport> => {
    const provider = crypto();
    if (provider === undefined) throw new Error("the crypto provider is not installed");
    const driver = await createUdpDriver();
    const parts = { driver, identity: Identity.generate(), crypto: provider };
    return createTransport(parts, { psk, advertise });
  };
  return {
    startServer: async (): Promise<Endpoint> => {
      const psk = generatePsk();
      const transport = await open(psk);
      serveSealed(transport);
      const { address } =
        lossRate === undefined ? transport : await startLossyProxy(transport.address, lossRate);
      return { address, psk: toHex(psk) };
    },
    startClient: async ({ address, psk }: Endpoint): Promise<Loads> => {
      const transport = await open(fromHex(psk));
      return sealedLoads(await transport.connect({ address }));
    },
  };
}
