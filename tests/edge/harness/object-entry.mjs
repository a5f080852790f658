// Runs in workerd: hands calls on to the Worker's own class, and counts the rows that they write.
import { Ledger as Real } from "./src/guard.js";

export class Ledger extends Real {
  #cursors = [];

  constructor(context, env) {
    const { sql } = context.storage;
    const counted = { exec: (...call) => this.#counted(sql.exec(...call)) };
    Object.defineProperty(context.storage, "sql", { value: counted });
    super(context, env);
  }

  #counted(cursor) {
    this.#cursors.push(cursor);
    return cursor;
  }

  written(call) {
    this.#cursors.length = 0;
    const answer = JSON.parse(this.ask(call));
    const rows = this.#cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
    return JSON.stringify({ rows, answer });
  }

  async alarmTime() {
    return JSON.stringify({ at: await this.ctx.storage.getAlarm() });
  }
}

export default {
  async fetch(request, env) {
    const { object, calls } = await request.json();
    const stub = env.LEDGER.getByName(object);
    const answered = {
      "/": () => calls.map((call) => stub.ask(call).catch((error) => error.message)),
      "/written": () => calls.map((call) => stub.written(call)),
      "/alarm": () => [stub.alarmTime()],
    };
    return Response.json(await Promise.all(answered[new URL(request.url).pathname]()));
  },
};
