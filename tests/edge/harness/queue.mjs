// A list of things that happened, each of which can be awaited, also before it happens.

// What comes at all comes at once, but a busy machine may take its time.
const PATIENCE = 30_000;

export class Queue {
  #what;
  #items = [];
  #wakes = new Set();

  constructor(what) {
    this.#what = what;
  }

  push(item) {
    this.#items.push(item);
    for (const wake of this.#wakes) wake();
  }

  get all() {
    return this.#items;
  }

  get length() {
    return this.#items.length;
  }

  clear() {
    this.#items.length = 0;
  }

  // The first item that satisfies `wanted`.
  async find(wanted, milliseconds = PATIENCE) {
    return this.#until(() => this.#items.find(wanted), milliseconds);
  }

  async atLeast(count, milliseconds = PATIENCE) {
    await this.#until(() => this.#items.length >= count, milliseconds);
    return this.#items;
  }

  async #until(probe, milliseconds) {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const found = probe();
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`${this.#what}: what was awaited did not come within ${milliseconds} ms`);
      await new Promise((resolve) => {
        const timer = setTimeout(done, left);
        const wakes = this.#wakes;
        wakes.add(done);
        function done() {
          clearTimeout(timer);
          wakes.delete(done);
          resolve();
        }
      });
    }
  }
}
