import { isRole, type Role } from "../roles.ts";

/** What the main process tells a provider process. */
export type HostMessage =
  | {
      readonly type: "start";
      readonly role: Role;
      /** Secrets come this way only: arguments and environment can be read by others. */
      readonly seed: Uint8Array;
      readonly psk: Uint8Array;
      readonly peers: readonly string[];
    }
  /** Leave gracefully, then exit. */
  | { readonly type: "close" }
  /** Stand still until a byte comes in on stdin: where there is no SIGSTOP. */
  | { readonly type: "block" }
  /** Look after a stopped sibling; it can end neither itself nor hear that all is over. */
  | { readonly type: "guard"; readonly pid: number | undefined };

/** What a provider process tells the main process. */
export type ProviderMessage =
  | { readonly type: "serving"; readonly address: string }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "closed" };

/** Whether something that came over IPC is a message for a provider process. */
export function isHostMessage(value: unknown): value is HostMessage {
  const type = typeOf(value);
  return type === "start" ? isStart(value) : ["close", "block", "guard"].includes(type);
}

/** Whether something that came over IPC is a message from a provider process. */
export function isProviderMessage(value: unknown): value is ProviderMessage {
  return ["serving", "failed", "closed"].includes(typeOf(value));
}

function typeOf(value: unknown): string {
  if (typeof value !== "object" || value === null || !("type" in value)) return "";
  return String(value.type);
}

function isStart(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { role, seed, psk, peers }: Partial<Record<string, unknown>> = { ...value };
  return (
    isRole(role) && seed instanceof Uint8Array && psk instanceof Uint8Array && Array.isArray(peers)
  );
}
