import type { CryptoProvider } from "@selvage/identity";
import { seededEntropy, type SimNode, type Simulation } from "@selvage/testing";
import type { DatagramDriver, MessageStream, PeerEvent } from "@selvage/transport";

import { oneOf } from "../world/draw.ts";
import { eavesdrop } from "../world/eavesdrop.ts";
import type { Replayer } from "../world/replayer.ts";
import type { Seams } from "./seams.ts";
import type { Setting } from "./setting.ts";
import { Station } from "./station.ts";
import type { Edge } from "./topology.ts";

/** What stations are made with, and whom they tell what. */
export interface CastParts {
  readonly sim: Simulation;
  readonly setting: Setting;
  readonly crypto: CryptoProvider;
  readonly seams: Seams;
  /** Hears what arrives at one of the stations. */
  readonly replayer: Replayer;
  readonly onStream: (station: Station, node: SimNode, stream: MessageStream) => void;
  readonly onPeer: (station: Station, event: PeerEvent) => void;
  readonly onCrash: (message: string) => void;
}

/** Makes all stations of a run, by name, and tells each whom to dial. */
export function makeStations(parts: CastParts): ReadonlyMap<string, Station> {
  const { sim, setting, replayer } = parts;
  const overheard = oneOf(sim.random.split("overheard"), setting.stations).name;
  const keys = seededEntropy(`${sim.seed}/psk`);
  const common = {
    ...parts,
    psks: [keys.bytes(32), keys.bytes(32)],
    wrapDriver: ({ name }: Station, driver: DatagramDriver): DatagramDriver => {
      if (name !== overheard) return driver;
      return eavesdrop(driver, (datagram, from) => replayer.hear(datagram, from, driver.address));
    },
  };
  const stations = new Map(
    setting.stations.map((station) => [station.name, new Station(common, station)]),
  );
  for (const edge of setting.edges) {
    for (const dialer of edge.dialers) introduce(stations, edge, dialer);
  }
  return stations;
}

function introduce(stations: ReadonlyMap<string, Station>, edge: Edge, dialer: string): void {
  const { a, b, hasAddress } = edge;
  const from = stations.get(dialer);
  const to = stations.get(dialer === a ? b : a);
  if (from === undefined || to === undefined) throw new RangeError(`no stations ${a} and ${b}`);
  from.dials = [...from.dials, { station: to, byAddress: hasAddress }];
}
