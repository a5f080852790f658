//! Projection against parsing into `serde_json::Value`, cutting that down and writing it again. Prints ratios, and
//! fails below the one that README claims.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and may stop"
)]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use hookgate::allowlist::Allowlist;
use hookgate::project::reduce;
use serde_json::{Value, json};

const FIELDS: [&str; 5] = ["/id", "/status", "/total", "/currency", "/line_items/*/sku"];
const PROMISED: f64 = 3.0;
const ROUNDS: usize = 25;

fn main() -> ExitCode {
    let allowlist = Allowlist::of_fields(&FIELDS).expect("the paths are right");
    println!("{:>8}  {:>12}  {:>12}  {:>6}", "bytes", "Value µs", "projection µs", "ratio");
    let mut kept = true;
    for size in [1_000, 10_000, 100_000, 1_000_000] {
        let body = order(size);
        let slow = || reserialise(&body);
        let fast = || reduce(&allowlist, &body).expect("an order can be reduced");
        let same = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
        assert_eq!(same(&fast()), same(&slow()), "both keep the same");
        // Interleaved, and the best of each, so that a busy machine slows both alike.
        let (mut best_slow, mut best_fast) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            best_slow = best_slow.min(time(size, slow));
            best_fast = best_fast.min(time(size, fast));
        }
        let ratio = best_slow.as_secs_f64() / best_fast.as_secs_f64();
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        println!("{:>8}  {:>12.1}  {:>12.1}  {ratio:>6.1}", body.len(), micros(best_slow), micros(best_fast));
        kept &= ratio >= PROMISED;
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The time of one call, averaged over enough of them to be measured.
#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time(size: usize, call: impl Fn() -> String) -> Duration {
    let calls = u32::try_from(2_000_000 / size).expect("few").max(2);
    let start = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    start.elapsed() / calls
}

/// The obvious way: the whole document becomes a tree, and the tree a smaller one.
fn reserialise(body: &[u8]) -> String {
    let document: Value = serde_json::from_slice(body).expect("JSON");
    let items = document["line_items"].as_array().expect("a list");
    let skus: Vec<Value> = items.iter().map(|item| json!({ "sku": item["sku"] })).collect();
    json!({
        "id": document["id"],
        "status": document["status"],
        "total": document["total"],
        "currency": document["currency"],
        "line_items": skus,
    })
    .to_string()
}

/// An order as shops send it: mostly what a workflow never asks for.
fn order(size: usize) -> Vec<u8> {
    let item = |n: usize| {
        json!({
            "id": 310_000 + n, "name": format!("Café mug “Größe” no. {n}"), "product_id": 93 + n, "variation_id": 0,
            "quantity": 1 + n % 4, "tax_class": "", "subtotal": "16.81", "subtotal_tax": "3.19", "sku": format!("MUG-{n:04}"),
            "price": 16.806_722_69, "image": { "id": n, "src": format!("https://shop.example/wp-content/uploads/2026/11/mug-{n}.jpg") },
            "taxes": [{ "id": 75, "total": "3.193277", "subtotal": "3.193277" }],
            "meta_data": [{ "id": 90 + n, "key": "_reduced_stock", "value": "1" }, { "id": 91 + n, "key": "note", "value": "gift \"wrap\"\nplease" }],
        })
    };
    let note = |n: usize| {
        json!({
            "id": n, "author": "system", "date_created": "2026-11-21T22:00:00", "customer_note": n.is_multiple_of(2),
            "note": "Stock levels reduced; payment confirmed by the provider, reference 00-11-22-33. The parcel leaves tomorrow.",
        })
    };
    let party = json!({
        "first_name": "Ada", "last_name": "Lovelace", "company": "", "address_1": "12 St. James’s Square", "address_2": "",
        "city": "London", "postcode": "SW1Y 4JH", "country": "GB", "email": "ada@example.com", "phone": "+44 20 7946 0000",
    });
    let mut order = json!({
        "id": 1042, "number": "1042", "status": "processing", "currency": "EUR", "total": "20.00", "customer_ip_address": "203.0.113.7",
        "billing": party, "line_items": [], "notes": [],
    });
    for n in 0_usize.. {
        let length = order.to_string().len();
        if length >= size {
            break;
        }
        // A thin payload stays thin: a large order is large by what surrounds its items.
        let (list, entry) = if n < 40 && n.is_multiple_of(2) && length + 700 < size {
            ("line_items", item(n))
        } else {
            ("notes", note(n))
        };
        order[list].as_array_mut().expect("a list").push(entry);
        if size > 50_000 && n >= 40 {
            let more: Vec<Value> = (0..(size - length) / 230).map(note).collect();
            order["notes"].as_array_mut().expect("a list").extend(more);
        }
    }
    order.to_string().into_bytes()
}
