// What happened, to each delivery and to all of them, with times: a failure tells it.
export class Story {
  #started = Date.now();
  #common = [];
  #own = new Map();
  #owners = new Map();

  tellAll(what) {
    this.#common.push([Date.now() - this.#started, what]);
  }

  tell(id, what) {
    if (!this.#own.has(id)) this.#own.set(id, []);
    this.#own.get(id).push([Date.now() - this.#started, what]);
  }

  // What the gate says of this ray or reference is said of that delivery.
  knows(name, id) {
    this.#owners.set(name, id);
  }

  // A line of the gate's log.
  heard(line) {
    const entry = line.startsWith("{") ? parsed(line) : undefined;
    const id = this.#owners.get(entry?.ray) ?? this.#owners.get(entry?.reference);
    if (id === undefined) return undefined;
    if (entry.reference) this.knows(entry.reference, id);
    const { outcome, reason, origin_status: status, ms } = entry;
    this.tell(id, `gate    ${[outcome, reason, status, `${ms} ms`].filter((part) => part != null).join(", ")}`);
    return { id, entry };
  }

  // What happened to one delivery, and to all from then to then.
  of(id) {
    const own = this.#own.get(id) ?? [];
    const [first, last] = [(own[0]?.[0] ?? 0) - 500, own.at(-1)?.[0] ?? 0];
    const around = this.#common.filter(([at]) => at >= first && at <= last).map(([at, what]) => [at, `        · ${what}`]);
    return [...own, ...around].sort(([one], [other]) => one - other).map(([at, what]) => `  ${(at / 1000).toFixed(3).padStart(9)} s  ${what}`).join("\n");
  }
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
