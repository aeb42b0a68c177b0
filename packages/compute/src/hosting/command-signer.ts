import { equalBytes } from "@selvage/core";
import { defaultProvider, type Identity, signatureInput } from "@selvage/identity";

import { encodeCommand } from "./command-codec.ts";
import { readCertificate } from "./delegation.ts";
import { type GroupId, groupIdOf } from "./group-id.ts";
import type { HostCommand, SignedCommand } from "./host-command.ts";

/** What signatures of commands are over, before the body. */
export const COMMAND_LABEL = "selvage-host-command-v1";

/** Signs commands to the members of one group: with its key, or as its delegate. */
export class CommandSigner {
  readonly group: GroupId;
  readonly #identity: Identity;
  readonly #certificate: Uint8Array | undefined;

  private constructor(group: GroupId, identity: Identity, certificate?: Uint8Array) {
    this.group = group;
    this.#identity = identity;
    this.#certificate = certificate;
  }

  /** Signs with the key of the group itself. */
  static ofGroup(groupIdentity: Identity): CommandSigner {
    return new CommandSigner(groupIdOf(groupIdentity.entityId), groupIdentity);
  }

  /**
   * Signs as a delegate, with a certificate of {@link certifyDelegate}.
   *
   * @throws {@link ComputeError} with kind `bad-command` or `bad-signature` for a certificate that no
   * host would believe.
   * @throws RangeError for the certificate of somebody else.
   */
  static ofDelegate(delegate: Identity, certificate: Uint8Array): CommandSigner {
    const { group, delegate: certified } = readCertificate(certificate, defaultProvider());
    if (!equalBytes(certified, delegate.entityId)) {
      throw new RangeError("the certificate is for another delegate");
    }
    return new CommandSigner(group, delegate, certificate.slice());
  }

  /** A command as it travels. The payload is not copied. */
  sign(command: Omit<HostCommand, "group">, payload: Uint8Array): SignedCommand {
    const body = encodeCommand({ ...command, group: this.group }, payload);
    const signature = this.#identity.sign(signatureInput(COMMAND_LABEL, body));
    return { body, payload, signature, certificate: this.#certificate };
  }
}
