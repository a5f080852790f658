//! Workers: the only modules that know the platform. They carry bytes to the core and back and decide nothing.

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

use js_sys::Object;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::gateway::Gateway;
use crate::json::quoted;
use host::{Edge, message};
use inbound::Inbound;
use passage::Passage;
use vars::Bindings;

thread_local! {
    /// One isolate, one gateway, and the environment it was read from. A panic re-creates the instance, and with it this.
    static GATEWAY: RefCell<Option<(JsValue, Rc<Gateway>)>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console)]
    fn error(line: &str);
}

/// Begins to answer a request. Returns the number of the task.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn deliver(passage: Passage) -> u32 {
    task::begin(async move {
        let edge = Edge(&passage);
        let gateway = gateway(&passage.env(), &edge);
        let reply = gateway.handle(&Inbound(&passage), &edge).await;
        let headers = reply.headers.iter().map(|(name, value)| (*name, value.as_str()));
        passage.reply(reply.status, &message(None, headers, &reply.body).unwrap_or_default());
    })
}

/// Begins what an object of the ledger does when it wakes: see [`Gateway::release`]. Returns the number of the task.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn release(passage: Passage, object: String) -> u32 {
    task::begin(async move {
        let edge = Edge(&passage);
        let gateway = gateway(&passage.env(), &edge);
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

/// The gateway for this environment. Cloudflare may give a warm isolate a new one, when a secret or a variable changed:
/// what was revoked must not live on in memory.
fn gateway(env: &JsValue, edge: &Edge<'_>) -> Rc<Gateway> {
    GATEWAY.with_borrow_mut(|kept| match kept {
        Some((of, gateway)) if Object::is(of, env) => Rc::clone(gateway),
        _ => {
            let gateway = Rc::new(match kept {
                Some((_, gateway)) => gateway.reconfigured(&Bindings(env), edge),
                None => {
                    report_panics_by_location();
                    Gateway::new(&Bindings(env), edge)
                }
            });
            *kept = Some((env.clone(), Rc::clone(&gateway)));
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
