// The deliveries an isolate knows: KV takes a moment to take a record, and cannot tell two that come at once from each other.
const MOST = 4096;
const REMEMBERED = 300_000;
const LEASE = 20_000;

export class Memory {
  // Keys in flight until a time; whoever holds one longer was abandoned by the platform.
  readonly #flights = new Map<string, number>();
  // Keys delivered, oldest first, until a time.
  readonly #settled = new Map<string, number>();

  claim(key: string, now: number): "new" | "in flight" | "settled" {
    if ((this.#settled.get(key) ?? 0) > now) return "settled";
    if ((this.#flights.get(key) ?? 0) > now) return "in flight";
    this.#flights.set(key, now + LEASE);
    return "new";
  }

  settle(key: string, now: number): void {
    this.#settled.delete(key);
    this.#settled.set(key, now + REMEMBERED);
    if (this.#settled.size > MOST) this.#settled.delete(this.#settled.keys().next().value!);
  }

  release(key: string): void {
    this.#flights.delete(key);
  }
}
