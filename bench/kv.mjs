// Workers KV as workerd asks for it: a namespace of records and one of switches, in memory, every operation counted.
import { listen, response, serveCounts } from "./stand-in.mjs";

const counts = { gets: 0, puts: 0, bulks: 0, others: 0 };
const records = new Map();

const REPLAY = await listen(({ method, target, body }) => {
  const [path] = target.split("?", 1);
  if (method === "GET" && path !== "/") {
    counts.gets++;
    const value = records.get(path);
    return value === undefined ? response("404 Not Found") : response("200 OK", value);
  }
  if (method === "PUT") {
    counts.puts++;
    records.set(path, body);
    return response("200 OK");
  }
  counts.others++;
  return response("400 Bad Request");
});

// Nothing is stopped.
const SWITCHES = await listen(({ method, target, body }) => {
  if (method !== "POST" || !target.startsWith("/bulk/get")) {
    counts.others++;
    return response("400 Bad Request");
  }
  counts.bulks++;
  return response("200 OK", JSON.stringify(Object.fromEntries(JSON.parse(body).keys.map((key) => [key, null]))));
});

serveCounts({ REPLAY, SWITCHES }, counts, () => {
  for (const name in counts) counts[name] = 0;
  records.clear();
});
