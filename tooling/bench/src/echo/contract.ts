import { defineService, type ServiceContract } from "@selvage/mesh";
import type { StandardSchemaV1 } from "@standard-schema/spec";

import { isMessage, type Message } from "./message.ts";

const message: StandardSchemaV1<Message> = {
  "~standard": {
    version: 1,
    vendor: "selvage-bench",
    validate: (value) =>
      isMessage(value) ? { value } : { issues: [{ message: "expected { id, name, tags }" }] },
  },
};

/** The echo as a service of ours: typed, validated, and declared to do no harm if it runs twice. */
export const echo: ServiceContract<
  StandardSchemaV1<Message>,
  StandardSchemaV1<Message>
> = defineService({ name: "echo", input: message, output: message, idempotent: true });
