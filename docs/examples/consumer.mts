// Follow every decision from outside: `node consumer.mts tls://HOST:4222 NAME [COUNT]`.
// Needs Node 22.18 or newer, @nats-io/transport-node and @nats-io/jetstream.
import { readFileSync } from "node:fs";
import process from "node:process";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

type Event = { type: string; player?: { service: string; id: string }; reason?: string };

const [url, name, limit] = process.argv.slice(2);
if (!url || !name) throw new Error("usage: node consumer.mts URL NAME [COUNT]");
const user = process.env.BANSTREAM_NATS_USER;
const authority = process.env.BANSTREAM_NATS_CA_FILE;
const client = await connect({
  servers: url.split(","),
  user,
  pass: process.env.BANSTREAM_NATS_PASSWORD,
  inboxPrefix: user ? `_INBOX.${user}` : "_INBOX", // nobody may read another's answers
  tls: authority ? { ca: readFileSync(authority, "utf8") } : undefined,
  maxReconnectAttempts: -1,
});
const manager = await jetstreamManager(client, { checkAPI: false });
await manager.consumers.add("EVENTS", {
  durable_name: name,
  filter_subject: "banstream.event.>",
  ack_policy: AckPolicy.Explicit,
});
const events = await jetstream(client).consumers.get("EVENTS", name);
let left = limit ? Number(limit) : -1;
while (left !== 0) {
  const message = await events.next({ expires: 30_000 });
  if (!message) continue; // nothing happened for half a minute
  const event = message.json<Event>();
  const player = event.player ?? { service: "-", id: "-" };
  console.log(event.type, `${player.service}:${player.id}`, event.reason ?? "-");
  await message.ackAck();
  left -= 1;
}
await client.close();
