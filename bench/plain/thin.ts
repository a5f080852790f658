// The thin payload: the order's id, status, currency and total, and the SKU of each line item.
type Kind = "string" | "integer";
const LONGEST = 1024;
const MOST_VALUES = 1000;
const MOST_BYTES = 64 * 1024;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Malformed extends Error {}

// The JSON to forward; null if it names no order.
export function thin(hook: string, body: Uint8Array): { json: string | null } | { malformed: string } {
  try {
    const order = parse(body);
    const fields = JSON.stringify(reduce(order));
    const id = typeof order.id === "number" ? String(order.id) : order.id;
    if (typeof id !== "string" || !/^[1-9][0-9]{0,18}$/.test(id)) return { json: null };
    if (fields.length > MOST_BYTES) throw new Malformed("field-length");
    return { json: `{"hook":"${hook}","objects":{"order":{"id":"${id}"}},"required":["order"],"fields":${fields}}` };
  } catch (error) {
    if (error instanceof Malformed) return { malformed: error.message };
    throw error;
  }
}

function parse(body: Uint8Array): Record<string, unknown> {
  try {
    const document = JSON.parse(decoder.decode(body));
    return isTable(document) ? document : {};
  } catch {
    throw new Malformed("malformed-json");
  }
}

function reduce(order: Record<string, unknown>): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  keep(fields, order, "id", "integer", LONGEST);
  keep(fields, order, "status", "string", LONGEST);
  keep(fields, order, "currency", "string", 3);
  keep(fields, order, "total", "string", LONGEST);
  const items = order.line_items;
  if (Array.isArray(items)) {
    if (items.length > MOST_VALUES / 2) throw new Malformed("too-many-values");
    fields.line_items = items.filter(isTable).map((item) => keep({}, item, "sku", "string", LONGEST));
  }
  return fields;
}

// Copies a member that is there and in order; null says that there is no value.
function keep(to: Record<string, unknown>, from: Record<string, unknown>, name: string, kind: Kind, max: number): Record<string, unknown> {
  const value = from[name];
  if (value === undefined) return to;
  if (value !== null && (kind === "integer" ? !Number.isInteger(value) : typeof value !== "string")) throw new Malformed("field-type");
  if (typeof value === "string" && value.length > max) throw new Malformed("field-length");
  to[name] = value;
  return to;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
