// An order as WooCommerce writes it (wp_json_encode escapes slashes and all that is not ASCII): mostly what a workflow never
// asks for. A thin payload stays thin: a large order is large by its notes and meta data, not by its items.
import { dice } from "../tests/chaos/dice.mjs";

const ITEMS = 20;
const STATUSES = ["processing", "completed", "on-hold", "refunded"];
const CURRENCIES = ["EUR", "GBP", "USD", "CHF"];
const GOODS = ["Café mug", "Linen apron", "Größe M shirt", "Oolong tea “Alishan”", "Desk lamp", "Notebook A5", "Crème brûlée kit", "Wool socks"];
const REMARKS = [
  "Stock levels reduced; payment confirmed by the provider, reference",
  "Customer asked: \"Please leave it with the neighbour\"\nParcel leaves tomorrow, tracking https://parcels.example/t/",
  "Zahlung geprüft – Freigabe durch die Buchhaltung, Beleg",
  "E-mail sent to the customer, template customer_processing_order, message",
];

// Exactly `size` bytes of JSON, and the part of it that its hook lets pass.
export function order(id, size, throws) {
  const kept = { id, status: throws.pick(STATUSES), currency: throws.pick(CURRENCIES), total: money(throws), line_items: [] };
  const head = `{"id":${id},"status":"${kept.status}","currency":"${kept.currency}","date_created":"2026-11-21T22:00:00","total":"${kept.total}",`
    + `"customer_id":${throws.between(1, 9999)},"order_key":"wc_order_${hex(throws, 12)}","transaction_id":"pi_${hex(throws, 24)}",`;
  const lists = { line_items: [], addresses: [], meta_data: [], notes: [] };
  // The end, with a note to the shop that fills it up.
  const end = (remark) => `${Object.entries(lists).map(([name, entries]) => `"${name}":[${entries}],`).join("")}"customer_note":"${remark}"}`;
  let length = head.length + end("").length;
  for (let n = 0; ; n++) {
    const name = lists.line_items.length < ITEMS && n % 2 === 0 ? "line_items" : n < 4 ? "addresses" : n % 3 === 0 ? "notes" : "meta_data";
    const made = name === "line_items" ? item(n, throws) : undefined;
    const text = made ? encode(made) : name === "addresses" ? encode(address(n, throws)) : throws.pick(STOCK[name]);
    const longer = text.length + (lists[name].length > 0 ? 1 : 0);
    if (length + longer > size) break;
    if (made) kept.line_items.push({ sku: made.sku });
    length += longer;
    lists[name].push(text);
  }
  return { json: head + end("Thank you. ".repeat(Math.ceil(size / 11)).slice(0, size - length)), kept };
}

function encode(value) {
  return JSON.stringify(value).replace(/[/\u0080-\uffff]/g, (character) => (character === "/" ? "\\/" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

function item(n, throws) {
  const number = throws.between(1000, 9999);
  return {
    id: 310_000 + n, name: `${throws.pick(GOODS)} no. ${number}`, product_id: throws.between(1, 9000), variation_id: 0, quantity: throws.between(1, 4), tax_class: "",
    subtotal: money(throws), subtotal_tax: "3.19", sku: `SKU-${number}-${hex(throws, 4)}`, price: throws.between(100, 99_999) / 100,
    image: { id: n, src: `https://shop.example/wp-content/uploads/2026/11/${hex(throws, 8)}.jpg` },
    taxes: [{ id: 75, total: "3.193277", subtotal: "3.193277" }],
    meta_data: [{ id: 90 + n, key: "_reduced_stock", value: "1" }],
  };
}

function meta(n, throws) {
  const values = [
    () => throws.between(0, 1_000_000),
    () => hex(throws, 32),
    () => ({ rate: throws.between(0, 10_000) / 100, zones: [throws.between(1, 9), throws.between(1, 9), throws.between(1, 9)], active: throws.chance(0.5), until: null }),
    () => [{ sku: hex(throws, 6), price: money(throws), path: [[0, 1], [2, throws.between(3, 9)]] }, { label: throws.pick(GOODS) }],
  ];
  return { id: 700_000 + n, key: `_${throws.pick(["shipping", "stripe", "tax", "loyalty"])}_${hex(throws, 6)}`, value: throws.pick(values)() };
}

function note(n, throws) {
  return { id: n, author: "system", date_created: "2026-11-21T22:00:00", customer_note: throws.chance(0.5), note: `${throws.pick(REMARKS)} ${hex(throws, 16)}` };
}

function address(n, throws) {
  return {
    type: n === 1 ? "billing" : "shipping", first_name: "Ada", last_name: throws.pick(["Lovelace", "Müller", "O’Brien"]), company: "", address_1: `${throws.between(1, 99)} St. James’s Square`, address_2: "",
    city: "London", postcode: "SW1Y 4JH", country: "GB", email: `ada.${hex(throws, 6)}@example.com`, phone: "+44 20 7946 0000",
  };
}

const money = (throws) => `${throws.between(0, 400)}.${String(throws.between(0, 99)).padStart(2, "0")}`;

function hex(throws, digits) {
  let text = "";
  while (text.length < digits) text += throws.between(0, 0xffff).toString(16).padStart(4, "0");
  return text.slice(0, digits);
}

// Entries in stock, for a megabyte of them takes long to make: an order draws its own.
const stock = (make, throws) => Array.from({ length: 1000 }, (_, n) => encode(make(n, throws)));
const STOCK = { meta_data: stock(meta, dice("meta data")), notes: stock(note, dice("notes")) };
