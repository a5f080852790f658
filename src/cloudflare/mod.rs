//! Workers: the only modules that know the platform. They carry bytes to the core and back and decide nothing.
//! JavaScript does what they ask, in `passage.js` beside them: wasm begins an operation and returns; [`task`] goes on when
//! it has ended.

mod crypto;
mod host;
mod inbound;
mod ledger;
mod passage;
mod task;
mod vars;

use std::cell::RefCell;
use std::panic;
use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;

use crate::gateway::Gateway;
use crate::json::quoted;
use crate::reply::REFERENCE;
use host::{Edge, message};
use inbound::Inbound;
use passage::Passage;
use vars::Bindings;

thread_local! {
    /// One isolate, one gateway, and the number of the environment it was read from. A panic re-creates the instance, and
    /// with it this.
    static GATEWAY: RefCell<Option<(u32, Rc<Gateway>)>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(line: &str);
}

/// Begins to answer a request, whose `head` is that of [`Inbound::new`]. Returns the number of the task.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn deliver(passage: Passage, environment: u32, head: String) -> u32 {
    task::begin(async move {
        let edge = Edge(&passage);
        let gateway = gateway(&passage, environment, &edge);
        let reply = gateway.handle(&Inbound::new(&passage, head), &edge).await;
        let is_reference = |(name, _): &(&str, String)| *name == REFERENCE;
        let reference = reply.headers.iter().find(|header| is_reference(header)).map(|(_, value)| value.as_str());
        let headers = reply.headers.iter().filter(|header| !is_reference(header));
        let message = message(None, headers.map(|(name, value)| (*name, value.as_str())), &reply.body);
        passage.reply(reply.status, &message.unwrap_or_default(), reference);
    })
}

/// Begins what an object of the ledger does when it wakes: see [`Gateway::release`]. Returns the number of the task.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn release(passage: Passage, environment: u32, object: String) -> u32 {
    task::begin(async move {
        let edge = Edge(&passage);
        let gateway = gateway(&passage, environment, &edge);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact")]
        let next = gateway.release(&object, &edge).await.map_or(f64::INFINITY, |next| next as f64);
        passage.end(next);
    })
}

/// Goes on with a task, one of whose operations has ended.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn resume(task: u32) {
    task::resume(task);
}

/// The gateway for an environment, by its number. Cloudflare may give a warm isolate a new one, when a secret or a
/// variable changed: what was revoked must not live on in memory.
fn gateway(passage: &Passage, environment: u32, edge: &Edge<'_>) -> Rc<Gateway> {
    GATEWAY.with_borrow_mut(|kept| match kept {
        Some((number, gateway)) if *number == environment => Rc::clone(gateway),
        _ => {
            let vars = passage.env();
            let gateway = Rc::new(match kept {
                Some((_, gateway)) => gateway.reconfigured(&Bindings(&vars), edge),
                None => {
                    report_panics_by_location();
                    Gateway::new(&Bindings(&vars), edge)
                }
            });
            *kept = Some((environment, Rc::clone(&gateway)));
            gateway
        }
    })
}

/// A panic's message may hold anything; only where it happened is logged. `guard.js` answers what was in flight.
fn report_panics_by_location() {
    panic::set_hook(Box::new(|info| {
        let at = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        error(&format!("{{\"panic\":{}}}", quoted(&at)));
    }));
}
