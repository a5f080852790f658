// Senders: those that try again until they are told that all is well, those that never do, and those that send too often.
import { newRay } from "../edge/harness/sender.mjs";
import { dice } from "./dice.mjs";

// What a sender may be told; anything else is a failure of the gate.
const REPLIES = new Set(["200 Success", "200 Duplicate delivery", "202 Held", "409 In progress", "502 Delivery failed", "503 Paused", "503 Unavailable", "504 Delivery timed out"]);

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Senders {
  replies = {};
  resets = 0;
  // Deliveries whose sender was told what no sender should be told.
  odd = [];
  #gate;
  #story;
  #seed;
  #isOver = false;

  constructor(gate, story, seed) {
    [this.#gate, this.#story, this.#seed] = [gate, story, seed];
  }

  // From now on nobody hangs up, and whoever tries again does so patiently.
  calm() {
    this.#isOver = true;
  }

  // Sends one delivery as its sender would: resolved when it is accepted, or given up.
  async send(delivery) {
    const own = dice(this.#seed, "sender", delivery.id);
    const copies = own.chance(0.08) ? own.between(2, 4) : 1;
    await Promise.all(Array.from({ length: copies }, (_, copy) => this.#persist(delivery, dice(this.#seed, "sender", delivery.id, copy))));
    // Senders repeat themselves also where they were told that all is well.
    while (own.chance(0.15)) {
      await sleep(own.between(0, 300));
      await this.#once(delivery, own);
    }
  }

  async #persist(delivery, own) {
    for (let attempt = 1; ; attempt++) {
      if (await this.#once(delivery, own)) return;
      if (!delivery.triesAgain) return;
      await sleep(own.between(20, Math.min(50 * attempt, 1000)));
    }
  }

  // True when it was accepted.
  async #once(delivery, own) {
    const { id, hook } = delivery;
    const ray = newRay();
    this.#story.knows(ray, id);
    const at = own.between(0, 1);
    const body = JSON.stringify({ event: id, note: "not for the site" });
    const hangsUp = !this.#isOver && own.chance(0.04);
    this.#story.tell(id, `sender  sends it to location ${at}${hangsUp ? ", and hangs up" : ""}`);
    try {
      if (hangsUp) {
        this.resets++;
        await this.#hangUp(delivery, body, ray, at, own.between(0, 60));
        return false;
      }
      const reply = await this.#gate.deliver({ hook, body, at, edge: { ray } });
      const reference = reply.header("hookgate-reference");
      if (reference) this.#story.knows((delivery.reference = reference), id);
      const told = `${reply.status} ${parsed(reply.body)?.message}`;
      this.replies[told] = (this.replies[told] ?? 0) + 1;
      this.#story.tell(id, `sender  is told ${told}`);
      if (!REPLIES.has(told)) this.odd.push([delivery, told]);
      if (reply.status >= 300) return false;
      (delivery.accepted ??= []).push({ at: Date.now(), told });
      return true;
    } catch (error) {
      if (error.code === "ECONNREFUSED") {
        // The gate is being started; nothing was sent.
        await sleep(50);
        return this.#once(delivery, own);
      }
      this.replies.nothing = (this.replies.nothing ?? 0) + 1;
      this.#story.tell(id, `sender  is told nothing: ${error.code ?? error.message}`);
      return false;
    }
  }

  async #hangUp({ hook }, body, ray, at, milliseconds) {
    const connection = await this.#gate.open({ hook, at, edge: { ray }, headers: { "content-length": body.length, ...this.#gate.signed(body) } });
    connection.write(body);
    await sleep(milliseconds);
    connection.reset();
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
