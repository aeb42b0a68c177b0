// Written by `pnpm proto` from hosting.proto: change that file, then run it again.

import { Reader, Writer } from "protobufjs/minimal.js";

/** What a coordinator asks of a host; what is signed. */
export interface CommandBody {
  readonly kind: string;
  /** ed25519 public key of the group. */
  readonly group: Uint8Array;
  /** Node id of the host. */
  readonly to: Uint8Array;
  readonly term?: TermBody | undefined;
  readonly slot: number;
  /** Counters are doubles up to 2^53. */
  readonly incarnation: number;
  readonly sequence: number;
  /** BLAKE2s of the payload under a label, and its length in bytes. */
  readonly payloadDigest: Uint8Array;
  readonly payloadBytes: number;
}

/** Encodes a {@link CommandBody}. The bytes belong to the caller. */
export function encodeCommandBody(message: CommandBody): Uint8Array {
  return writeCommandBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link CommandBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeCommandBody(bytes: Uint8Array): CommandBody {
  const message = {
    kind: "",
    group: new Uint8Array(0),
    to: new Uint8Array(0),
    term: undefined as TermBody | undefined,
    slot: 0,
    incarnation: 0,
    sequence: 0,
    payloadDigest: new Uint8Array(0),
    payloadBytes: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.kind = reader.stringVerify();
          break;
        case 18:
          message.group = new Uint8Array(reader.bytes());
          break;
        case 26:
          message.to = new Uint8Array(reader.bytes());
          break;
        case 34:
          message.term = decodeTermBody(reader.bytes());
          break;
        case 40:
          message.slot = reader.uint32();
          break;
        case 49:
          message.incarnation = reader.double();
          break;
        case 57:
          message.sequence = reader.double();
          break;
        case 66:
          message.payloadDigest = new Uint8Array(reader.bytes());
          break;
        case 73:
          message.payloadBytes = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
    }
  } catch (cause) {
    throw malformed("CommandBody", cause);
  }
  return message;
}

function writeCommandBody(writer: Writer, message: CommandBody): Writer {
  if (message.kind !== "") writer.uint32(10).string(message.kind);
  if (message.group.length > 0) writer.uint32(18).bytes(message.group);
  if (message.to.length > 0) writer.uint32(26).bytes(message.to);
  if (message.term !== undefined) writeTermBody(writer.uint32(34).fork(), message.term).ldelim();
  if (message.slot !== 0) writer.uint32(40).uint32(checkUint32(message.slot, "CommandBody.slot"));
  if (!Object.is(message.incarnation, 0)) writer.uint32(49).double(message.incarnation);
  if (!Object.is(message.sequence, 0)) writer.uint32(57).double(message.sequence);
  if (message.payloadDigest.length > 0) writer.uint32(66).bytes(message.payloadDigest);
  if (!Object.is(message.payloadBytes, 0)) writer.uint32(73).double(message.payloadBytes);
  return writer;
}

export interface TermBody {
  readonly number: number;
  readonly coordinator: Uint8Array;
}

/** Encodes a {@link TermBody}. The bytes belong to the caller. */
export function encodeTermBody(message: TermBody): Uint8Array {
  return writeTermBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link TermBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeTermBody(bytes: Uint8Array): TermBody {
  const message = {
    number: 0,
    coordinator: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 9:
          message.number = reader.double();
          break;
        case 18:
          message.coordinator = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("TermBody", cause);
  }
  return message;
}

function writeTermBody(writer: Writer, message: TermBody): Writer {
  if (!Object.is(message.number, 0)) writer.uint32(9).double(message.number);
  if (message.coordinator.length > 0) writer.uint32(18).bytes(message.coordinator);
  return writer;
}

/** Begins a command on its way; the payload follows in parts. */
export interface CommandHeader {
  /** An encoded CommandBody. */
  readonly body: Uint8Array;
  /** ed25519 signature over the label `selvage-host-command-v1` and the body. */
  readonly signature: Uint8Array;
  /** An encoded SignedCertificate, if a delegate signed. */
  readonly certificate: Uint8Array;
}

/** Encodes a {@link CommandHeader}. The bytes belong to the caller. */
export function encodeCommandHeader(message: CommandHeader): Uint8Array {
  return writeCommandHeader(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link CommandHeader}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeCommandHeader(bytes: Uint8Array): CommandHeader {
  const message = {
    body: new Uint8Array(0),
    signature: new Uint8Array(0),
    certificate: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.body = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.signature = new Uint8Array(reader.bytes());
          break;
        case 26:
          message.certificate = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3]);
      }
    }
  } catch (cause) {
    throw malformed("CommandHeader", cause);
  }
  return message;
}

function writeCommandHeader(writer: Writer, message: CommandHeader): Writer {
  if (message.body.length > 0) writer.uint32(10).bytes(message.body);
  if (message.signature.length > 0) writer.uint32(18).bytes(message.signature);
  if (message.certificate.length > 0) writer.uint32(26).bytes(message.certificate);
  return writer;
}

/** What makes a key a delegate of a group. */
export interface SignedCertificate {
  /** An encoded CertificateBody. */
  readonly body: Uint8Array;
  /** By the key of the group, over the label `selvage-delegate-v1` and the body. */
  readonly signature: Uint8Array;
}

/** Encodes a {@link SignedCertificate}. The bytes belong to the caller. */
export function encodeSignedCertificate(message: SignedCertificate): Uint8Array {
  return writeSignedCertificate(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link SignedCertificate}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeSignedCertificate(bytes: Uint8Array): SignedCertificate {
  const message = {
    body: new Uint8Array(0),
    signature: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.body = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.signature = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("SignedCertificate", cause);
  }
  return message;
}

function writeSignedCertificate(writer: Writer, message: SignedCertificate): Writer {
  if (message.body.length > 0) writer.uint32(10).bytes(message.body);
  if (message.signature.length > 0) writer.uint32(18).bytes(message.signature);
  return writer;
}

export interface CertificateBody {
  readonly group: Uint8Array;
  readonly delegate: Uint8Array;
  /** Wall time, milliseconds since 1970. */
  readonly expiresMs: number;
}

/** Encodes a {@link CertificateBody}. The bytes belong to the caller. */
export function encodeCertificateBody(message: CertificateBody): Uint8Array {
  return writeCertificateBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link CertificateBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeCertificateBody(bytes: Uint8Array): CertificateBody {
  const message = {
    group: new Uint8Array(0),
    delegate: new Uint8Array(0),
    expiresMs: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.group = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.delegate = new Uint8Array(reader.bytes());
          break;
        case 25:
          message.expiresMs = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2, 3]);
      }
    }
  } catch (cause) {
    throw malformed("CertificateBody", cause);
  }
  return message;
}

function writeCertificateBody(writer: Writer, message: CertificateBody): Writer {
  if (message.group.length > 0) writer.uint32(10).bytes(message.group);
  if (message.delegate.length > 0) writer.uint32(18).bytes(message.delegate);
  if (!Object.is(message.expiresMs, 0)) writer.uint32(25).double(message.expiresMs);
  return writer;
}

export interface SpawnOrderBody {
  readonly program: string;
  readonly kind: string;
  readonly seed: Uint8Array;
  readonly fork?: ForkBody | undefined;
  readonly hostConfig?: HostConfigBody | undefined;
  readonly config: Uint8Array;
}

/** Encodes a {@link SpawnOrderBody}. The bytes belong to the caller. */
export function encodeSpawnOrderBody(message: SpawnOrderBody): Uint8Array {
  return writeSpawnOrderBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link SpawnOrderBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeSpawnOrderBody(bytes: Uint8Array): SpawnOrderBody {
  const message = {
    program: "",
    kind: "",
    seed: new Uint8Array(0),
    fork: undefined as ForkBody | undefined,
    hostConfig: undefined as HostConfigBody | undefined,
    config: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.program = reader.stringVerify();
          break;
        case 18:
          message.kind = reader.stringVerify();
          break;
        case 26:
          message.seed = new Uint8Array(reader.bytes());
          break;
        case 34:
          message.fork = decodeForkBody(reader.bytes());
          break;
        case 42:
          message.hostConfig = decodeHostConfigBody(reader.bytes());
          break;
        case 50:
          message.config = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6]);
      }
    }
  } catch (cause) {
    throw malformed("SpawnOrderBody", cause);
  }
  return message;
}

function writeSpawnOrderBody(writer: Writer, message: SpawnOrderBody): Writer {
  if (message.program !== "") writer.uint32(10).string(message.program);
  if (message.kind !== "") writer.uint32(18).string(message.kind);
  if (message.seed.length > 0) writer.uint32(26).bytes(message.seed);
  if (message.fork !== undefined) writeForkBody(writer.uint32(34).fork(), message.fork).ldelim();
  if (message.hostConfig !== undefined)
    writeHostConfigBody(writer.uint32(42).fork(), message.hostConfig).ldelim();
  if (message.config.length > 0) writer.uint32(50).bytes(message.config);
  return writer;
}

export interface ForkBody {
  readonly parent: Uint8Array;
  readonly sequence: number;
}

/** Encodes a {@link ForkBody}. The bytes belong to the caller. */
export function encodeForkBody(message: ForkBody): Uint8Array {
  return writeForkBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link ForkBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeForkBody(bytes: Uint8Array): ForkBody {
  const message = {
    parent: new Uint8Array(0),
    sequence: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.parent = new Uint8Array(reader.bytes());
          break;
        case 17:
          message.sequence = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("ForkBody", cause);
  }
  return message;
}

function writeForkBody(writer: Writer, message: ForkBody): Writer {
  if (message.parent.length > 0) writer.uint32(10).bytes(message.parent);
  if (!Object.is(message.sequence, 0)) writer.uint32(17).double(message.sequence);
  return writer;
}

/** Limits of a DaemonHost; what is not set is its default. */
export interface HostConfigBody {
  readonly maxStateBytes?: number | undefined;
  readonly maxEventBytes?: number | undefined;
  readonly maxOutputBytes?: number | undefined;
  readonly maxProducers?: number | undefined;
  readonly maxOutcomesPerProducer?: number | undefined;
  readonly maxOutcomeBytes?: number | undefined;
  readonly lagThresholdMs?: number | undefined;
}

/** Encodes a {@link HostConfigBody}. The bytes belong to the caller. */
export function encodeHostConfigBody(message: HostConfigBody): Uint8Array {
  return writeHostConfigBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link HostConfigBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeHostConfigBody(bytes: Uint8Array): HostConfigBody {
  const message = {
    maxStateBytes: undefined as number | undefined,
    maxEventBytes: undefined as number | undefined,
    maxOutputBytes: undefined as number | undefined,
    maxProducers: undefined as number | undefined,
    maxOutcomesPerProducer: undefined as number | undefined,
    maxOutcomeBytes: undefined as number | undefined,
    lagThresholdMs: undefined as number | undefined,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 9:
          message.maxStateBytes = reader.double();
          break;
        case 17:
          message.maxEventBytes = reader.double();
          break;
        case 25:
          message.maxOutputBytes = reader.double();
          break;
        case 33:
          message.maxProducers = reader.double();
          break;
        case 41:
          message.maxOutcomesPerProducer = reader.double();
          break;
        case 49:
          message.maxOutcomeBytes = reader.double();
          break;
        case 57:
          message.lagThresholdMs = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7]);
      }
    }
  } catch (cause) {
    throw malformed("HostConfigBody", cause);
  }
  return message;
}

function writeHostConfigBody(writer: Writer, message: HostConfigBody): Writer {
  if (message.maxStateBytes !== undefined) writer.uint32(9).double(message.maxStateBytes);
  if (message.maxEventBytes !== undefined) writer.uint32(17).double(message.maxEventBytes);
  if (message.maxOutputBytes !== undefined) writer.uint32(25).double(message.maxOutputBytes);
  if (message.maxProducers !== undefined) writer.uint32(33).double(message.maxProducers);
  if (message.maxOutcomesPerProducer !== undefined)
    writer.uint32(41).double(message.maxOutcomesPerProducer);
  if (message.maxOutcomeBytes !== undefined) writer.uint32(49).double(message.maxOutcomeBytes);
  if (message.lagThresholdMs !== undefined) writer.uint32(57).double(message.lagThresholdMs);
  return writer;
}

export interface HostStatusBody {
  readonly nodeId: Uint8Array;
  readonly term?: TermBody | undefined;
  readonly members: readonly MemberStatusBody[];
  readonly incarnations: readonly IncarnationBody[];
  readonly reports: number;
}

/** Encodes a {@link HostStatusBody}. The bytes belong to the caller. */
export function encodeHostStatusBody(message: HostStatusBody): Uint8Array {
  return writeHostStatusBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link HostStatusBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeHostStatusBody(bytes: Uint8Array): HostStatusBody {
  const message = {
    nodeId: new Uint8Array(0),
    term: undefined as TermBody | undefined,
    members: [] as MemberStatusBody[],
    incarnations: [] as IncarnationBody[],
    reports: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.nodeId = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.term = decodeTermBody(reader.bytes());
          break;
        case 26:
          append(
            message.members,
            decodeMemberStatusBody(reader.bytes()),
            256,
            "HostStatusBody.members",
          );
          break;
        case 34:
          append(
            message.incarnations,
            decodeIncarnationBody(reader.bytes()),
            256,
            "HostStatusBody.incarnations",
          );
          break;
        case 40:
          message.reports = reader.uint32();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5]);
      }
    }
  } catch (cause) {
    throw malformed("HostStatusBody", cause);
  }
  return message;
}

function writeHostStatusBody(writer: Writer, message: HostStatusBody): Writer {
  if (message.nodeId.length > 0) writer.uint32(10).bytes(message.nodeId);
  if (message.term !== undefined) writeTermBody(writer.uint32(18).fork(), message.term).ldelim();
  for (const item of checkCount(message.members, 256, "HostStatusBody.members"))
    writeMemberStatusBody(writer.uint32(26).fork(), item).ldelim();
  for (const item of checkCount(message.incarnations, 256, "HostStatusBody.incarnations"))
    writeIncarnationBody(writer.uint32(34).fork(), item).ldelim();
  if (message.reports !== 0)
    writer.uint32(40).uint32(checkUint32(message.reports, "HostStatusBody.reports"));
  return writer;
}

export interface IncarnationBody {
  readonly slot: number;
  readonly incarnation: number;
}

/** Encodes a {@link IncarnationBody}. The bytes belong to the caller. */
export function encodeIncarnationBody(message: IncarnationBody): Uint8Array {
  return writeIncarnationBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link IncarnationBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeIncarnationBody(bytes: Uint8Array): IncarnationBody {
  const message = {
    slot: 0,
    incarnation: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.slot = reader.uint32();
          break;
        case 17:
          message.incarnation = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("IncarnationBody", cause);
  }
  return message;
}

function writeIncarnationBody(writer: Writer, message: IncarnationBody): Writer {
  if (message.slot !== 0)
    writer.uint32(8).uint32(checkUint32(message.slot, "IncarnationBody.slot"));
  if (!Object.is(message.incarnation, 0)) writer.uint32(17).double(message.incarnation);
  return writer;
}

export interface MemberStatusBody {
  readonly slot: number;
  readonly incarnation: number;
  readonly originHash: Uint8Array;
  readonly kind: string;
  readonly program: string;
  readonly deliveryIndex: number;
  /** 0 healthy, 1 degraded, 2 unhealthy. */
  readonly health: number;
  readonly reason: string;
  readonly saturation: number;
  readonly details: Uint8Array;
}

/** Encodes a {@link MemberStatusBody}. The bytes belong to the caller. */
export function encodeMemberStatusBody(message: MemberStatusBody): Uint8Array {
  return writeMemberStatusBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link MemberStatusBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeMemberStatusBody(bytes: Uint8Array): MemberStatusBody {
  const message = {
    slot: 0,
    incarnation: 0,
    originHash: new Uint8Array(0),
    kind: "",
    program: "",
    deliveryIndex: 0,
    health: 0,
    reason: "",
    saturation: 0,
    details: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 8:
          message.slot = reader.uint32();
          break;
        case 17:
          message.incarnation = reader.double();
          break;
        case 26:
          message.originHash = new Uint8Array(reader.bytes());
          break;
        case 34:
          message.kind = reader.stringVerify();
          break;
        case 42:
          message.program = reader.stringVerify();
          break;
        case 49:
          message.deliveryIndex = reader.double();
          break;
        case 56:
          message.health = reader.uint32();
          break;
        case 66:
          message.reason = reader.stringVerify();
          break;
        case 73:
          message.saturation = reader.double();
          break;
        case 82:
          message.details = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }
    }
  } catch (cause) {
    throw malformed("MemberStatusBody", cause);
  }
  return message;
}

function writeMemberStatusBody(writer: Writer, message: MemberStatusBody): Writer {
  if (message.slot !== 0)
    writer.uint32(8).uint32(checkUint32(message.slot, "MemberStatusBody.slot"));
  if (!Object.is(message.incarnation, 0)) writer.uint32(17).double(message.incarnation);
  if (message.originHash.length > 0) writer.uint32(26).bytes(message.originHash);
  if (message.kind !== "") writer.uint32(34).string(message.kind);
  if (message.program !== "") writer.uint32(42).string(message.program);
  if (!Object.is(message.deliveryIndex, 0)) writer.uint32(49).double(message.deliveryIndex);
  if (message.health !== 0)
    writer.uint32(56).uint32(checkUint32(message.health, "MemberStatusBody.health"));
  if (message.reason !== "") writer.uint32(66).string(message.reason);
  if (!Object.is(message.saturation, 0)) writer.uint32(73).double(message.saturation);
  if (message.details.length > 0) writer.uint32(82).bytes(message.details);
  return writer;
}

export interface ReportsBody {
  readonly reports: readonly ReportBody[];
}

/** Encodes a {@link ReportsBody}. The bytes belong to the caller. */
export function encodeReportsBody(message: ReportsBody): Uint8Array {
  return writeReportsBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link ReportsBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeReportsBody(bytes: Uint8Array): ReportsBody {
  const message = {
    reports: [] as ReportBody[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          append(message.reports, decodeReportBody(reader.bytes()), 64, "ReportsBody.reports");
          break;
        default:
          skipField(reader, tag, [1]);
      }
    }
  } catch (cause) {
    throw malformed("ReportsBody", cause);
  }
  return message;
}

function writeReportsBody(writer: Writer, message: ReportsBody): Writer {
  for (const item of checkCount(message.reports, 64, "ReportsBody.reports"))
    writeReportBody(writer.uint32(10).fork(), item).ldelim();
  return writer;
}

export interface ReportBody {
  readonly id: number;
  readonly report: Uint8Array;
}

/** Encodes a {@link ReportBody}. The bytes belong to the caller. */
export function encodeReportBody(message: ReportBody): Uint8Array {
  return writeReportBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link ReportBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeReportBody(bytes: Uint8Array): ReportBody {
  const message = {
    id: 0,
    report: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 9:
          message.id = reader.double();
          break;
        case 18:
          message.report = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("ReportBody", cause);
  }
  return message;
}

function writeReportBody(writer: Writer, message: ReportBody): Writer {
  if (!Object.is(message.id, 0)) writer.uint32(9).double(message.id);
  if (message.report.length > 0) writer.uint32(18).bytes(message.report);
  return writer;
}

export interface AckReportsBody {
  readonly ids: readonly number[];
}

/** Encodes a {@link AckReportsBody}. The bytes belong to the caller. */
export function encodeAckReportsBody(message: AckReportsBody): Uint8Array {
  return writeAckReportsBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link AckReportsBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeAckReportsBody(bytes: Uint8Array): AckReportsBody {
  const message = {
    ids: [] as number[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 9:
          append(message.ids, reader.double(), 64, "AckReportsBody.ids");
          break;
        case 10: {
          const packed = new Reader(reader.bytes());
          while (packed.pos < packed.len)
            append(message.ids, packed.double(), 64, "AckReportsBody.ids");
          break;
        }
        default:
          skipField(reader, tag, [1]);
      }
    }
  } catch (cause) {
    throw malformed("AckReportsBody", cause);
  }
  return message;
}

function writeAckReportsBody(writer: Writer, message: AckReportsBody): Writer {
  if (message.ids.length > 0) {
    writer.uint32(10).fork();
    for (const item of checkCount(message.ids, 64, "AckReportsBody.ids")) writer.double(item);
    writer.ldelim();
  }
  return writer;
}

/** An event on its way to a member. */
export interface DeliveryBody {
  readonly group: Uint8Array;
  readonly slot: number;
  readonly incarnation: number;
  readonly term?: TermBody | undefined;
  readonly event?: EventBody | undefined;
}

/** Encodes a {@link DeliveryBody}. The bytes belong to the caller. */
export function encodeDeliveryBody(message: DeliveryBody): Uint8Array {
  return writeDeliveryBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link DeliveryBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeDeliveryBody(bytes: Uint8Array): DeliveryBody {
  const message = {
    group: new Uint8Array(0),
    slot: 0,
    incarnation: 0,
    term: undefined as TermBody | undefined,
    event: undefined as EventBody | undefined,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.group = new Uint8Array(reader.bytes());
          break;
        case 16:
          message.slot = reader.uint32();
          break;
        case 25:
          message.incarnation = reader.double();
          break;
        case 34:
          message.term = decodeTermBody(reader.bytes());
          break;
        case 42:
          message.event = decodeEventBody(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5]);
      }
    }
  } catch (cause) {
    throw malformed("DeliveryBody", cause);
  }
  return message;
}

function writeDeliveryBody(writer: Writer, message: DeliveryBody): Writer {
  if (message.group.length > 0) writer.uint32(10).bytes(message.group);
  if (message.slot !== 0) writer.uint32(16).uint32(checkUint32(message.slot, "DeliveryBody.slot"));
  if (!Object.is(message.incarnation, 0)) writer.uint32(25).double(message.incarnation);
  if (message.term !== undefined) writeTermBody(writer.uint32(34).fork(), message.term).ldelim();
  if (message.event !== undefined) writeEventBody(writer.uint32(42).fork(), message.event).ldelim();
  return writer;
}

export interface EventBody {
  readonly producer: Uint8Array;
  readonly incarnation: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly timeMs: number;
  readonly seed: Uint8Array;
}

/** Encodes a {@link EventBody}. The bytes belong to the caller. */
export function encodeEventBody(message: EventBody): Uint8Array {
  return writeEventBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link EventBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeEventBody(bytes: Uint8Array): EventBody {
  const message = {
    producer: new Uint8Array(0),
    incarnation: 0,
    sequence: 0,
    payload: new Uint8Array(0),
    timeMs: 0,
    seed: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.producer = new Uint8Array(reader.bytes());
          break;
        case 17:
          message.incarnation = reader.double();
          break;
        case 25:
          message.sequence = reader.double();
          break;
        case 34:
          message.payload = new Uint8Array(reader.bytes());
          break;
        case 41:
          message.timeMs = reader.double();
          break;
        case 50:
          message.seed = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6]);
      }
    }
  } catch (cause) {
    throw malformed("EventBody", cause);
  }
  return message;
}

function writeEventBody(writer: Writer, message: EventBody): Writer {
  if (message.producer.length > 0) writer.uint32(10).bytes(message.producer);
  if (!Object.is(message.incarnation, 0)) writer.uint32(17).double(message.incarnation);
  if (!Object.is(message.sequence, 0)) writer.uint32(25).double(message.sequence);
  if (message.payload.length > 0) writer.uint32(34).bytes(message.payload);
  if (!Object.is(message.timeMs, 0)) writer.uint32(41).double(message.timeMs);
  if (message.seed.length > 0) writer.uint32(50).bytes(message.seed);
  return writer;
}

/** What came of an event. */
export interface OutcomeBody {
  readonly index: number;
  readonly repeated: boolean;
  readonly outputs: readonly OutputBody[];
}

/** Encodes a {@link OutcomeBody}. The bytes belong to the caller. */
export function encodeOutcomeBody(message: OutcomeBody): Uint8Array {
  return writeOutcomeBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link OutcomeBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeOutcomeBody(bytes: Uint8Array): OutcomeBody {
  const message = {
    index: 0,
    repeated: false,
    outputs: [] as OutputBody[],
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 9:
          message.index = reader.double();
          break;
        case 16:
          message.repeated = reader.bool();
          break;
        case 26:
          append(message.outputs, decodeOutputBody(reader.bytes()), 1024, "OutcomeBody.outputs");
          break;
        default:
          skipField(reader, tag, [1, 2, 3]);
      }
    }
  } catch (cause) {
    throw malformed("OutcomeBody", cause);
  }
  return message;
}

function writeOutcomeBody(writer: Writer, message: OutcomeBody): Writer {
  if (!Object.is(message.index, 0)) writer.uint32(9).double(message.index);
  if (message.repeated) writer.uint32(16).bool(message.repeated);
  for (const item of checkCount(message.outputs, 1024, "OutcomeBody.outputs"))
    writeOutputBody(writer.uint32(26).fork(), item).ldelim();
  return writer;
}

export interface OutputBody {
  /** An encoded causal link. */
  readonly link: Uint8Array;
  readonly payload: Uint8Array;
}

/** Encodes a {@link OutputBody}. The bytes belong to the caller. */
export function encodeOutputBody(message: OutputBody): Uint8Array {
  return writeOutputBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link OutputBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeOutputBody(bytes: Uint8Array): OutputBody {
  const message = {
    link: new Uint8Array(0),
    payload: new Uint8Array(0),
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.link = new Uint8Array(reader.bytes());
          break;
        case 18:
          message.payload = new Uint8Array(reader.bytes());
          break;
        default:
          skipField(reader, tag, [1, 2]);
      }
    }
  } catch (cause) {
    throw malformed("OutputBody", cause);
  }
  return message;
}

function writeOutputBody(writer: Writer, message: OutputBody): Writer {
  if (message.link.length > 0) writer.uint32(10).bytes(message.link);
  if (message.payload.length > 0) writer.uint32(18).bytes(message.payload);
  return writer;
}

/** Begins what one member says to another one; a large payload follows in parts. */
export interface MessageHeader {
  readonly kind: string;
  readonly group: Uint8Array;
  readonly slot: number;
  readonly incarnation: number;
  readonly term?: TermBody | undefined;
  readonly fromSlot: number;
  readonly fromIncarnation: number;
  readonly payload: Uint8Array;
  readonly payloadBytes: number;
}

/** Encodes a {@link MessageHeader}. The bytes belong to the caller. */
export function encodeMessageHeader(message: MessageHeader): Uint8Array {
  return writeMessageHeader(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link MessageHeader}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeMessageHeader(bytes: Uint8Array): MessageHeader {
  const message = {
    kind: "",
    group: new Uint8Array(0),
    slot: 0,
    incarnation: 0,
    term: undefined as TermBody | undefined,
    fromSlot: 0,
    fromIncarnation: 0,
    payload: new Uint8Array(0),
    payloadBytes: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.kind = reader.stringVerify();
          break;
        case 18:
          message.group = new Uint8Array(reader.bytes());
          break;
        case 24:
          message.slot = reader.uint32();
          break;
        case 33:
          message.incarnation = reader.double();
          break;
        case 42:
          message.term = decodeTermBody(reader.bytes());
          break;
        case 48:
          message.fromSlot = reader.uint32();
          break;
        case 57:
          message.fromIncarnation = reader.double();
          break;
        case 66:
          message.payload = new Uint8Array(reader.bytes());
          break;
        case 73:
          message.payloadBytes = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
    }
  } catch (cause) {
    throw malformed("MessageHeader", cause);
  }
  return message;
}

function writeMessageHeader(writer: Writer, message: MessageHeader): Writer {
  if (message.kind !== "") writer.uint32(10).string(message.kind);
  if (message.group.length > 0) writer.uint32(18).bytes(message.group);
  if (message.slot !== 0) writer.uint32(24).uint32(checkUint32(message.slot, "MessageHeader.slot"));
  if (!Object.is(message.incarnation, 0)) writer.uint32(33).double(message.incarnation);
  if (message.term !== undefined) writeTermBody(writer.uint32(42).fork(), message.term).ldelim();
  if (message.fromSlot !== 0)
    writer.uint32(48).uint32(checkUint32(message.fromSlot, "MessageHeader.fromSlot"));
  if (!Object.is(message.fromIncarnation, 0)) writer.uint32(57).double(message.fromIncarnation);
  if (message.payload.length > 0) writer.uint32(66).bytes(message.payload);
  if (!Object.is(message.payloadBytes, 0)) writer.uint32(73).double(message.payloadBytes);
  return writer;
}

/** Why a host did not do it, beside the kind and the message. */
export interface FaultBody {
  readonly reason: string;
  /** 0 not said, 1 never, 2 maybe. */
  readonly delivered: number;
  readonly seenTerm?: TermBody | undefined;
  readonly seenIncarnation: number;
}

/** Encodes a {@link FaultBody}. The bytes belong to the caller. */
export function encodeFaultBody(message: FaultBody): Uint8Array {
  return writeFaultBody(new Writer(), message).finish(true);
}

/**
 * Decodes a {@link FaultBody}. Nothing in it refers to `bytes`.
 *
 * @throws RangeError when the bytes are malformed.
 */
export function decodeFaultBody(bytes: Uint8Array): FaultBody {
  const message = {
    reason: "",
    delivered: 0,
    seenTerm: undefined as TermBody | undefined,
    seenIncarnation: 0,
  };
  try {
    const reader = new Reader(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      switch (tag) {
        case 10:
          message.reason = reader.stringVerify();
          break;
        case 16:
          message.delivered = reader.uint32();
          break;
        case 26:
          message.seenTerm = decodeTermBody(reader.bytes());
          break;
        case 33:
          message.seenIncarnation = reader.double();
          break;
        default:
          skipField(reader, tag, [1, 2, 3, 4]);
      }
    }
  } catch (cause) {
    throw malformed("FaultBody", cause);
  }
  return message;
}

function writeFaultBody(writer: Writer, message: FaultBody): Writer {
  if (message.reason !== "") writer.uint32(10).string(message.reason);
  if (message.delivered !== 0)
    writer.uint32(16).uint32(checkUint32(message.delivered, "FaultBody.delivered"));
  if (message.seenTerm !== undefined)
    writeTermBody(writer.uint32(26).fork(), message.seenTerm).ldelim();
  if (!Object.is(message.seenIncarnation, 0)) writer.uint32(33).double(message.seenIncarnation);
  return writer;
}

function checkUint32(value: number, field: string): number {
  if (value >>> 0 === value) return value;
  throw new RangeError(`${field} must be a 32-bit unsigned integer, got ${value}`);
}

function checkCount<T>(items: readonly T[], maxCount: number, field: string): readonly T[] {
  if (items.length <= maxCount) return items;
  throw new RangeError(`${field} must have at most ${maxCount} items, got ${items.length}`);
}

function append<T>(items: T[], item: T, maxCount: number, field: string): void {
  if (items.length === maxCount) {
    throw new RangeError(`${field} must have at most ${maxCount} items`);
  }
  items.push(item);
}

/** Skips a field from a newer schema; a known one is here only if its wire type is wrong. */
function skipField(reader: Reader, tag: number, known: readonly number[]): void {
  const field = tag >>> 3;
  if (known.includes(field)) {
    throw new RangeError(`field ${field} must not have wire type ${tag & 7}`);
  }
  reader.skipType(tag & 7, 0, field);
}

function malformed(message: string, cause: unknown): RangeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RangeError(`malformed ${message}: ${reason}`, { cause });
}
