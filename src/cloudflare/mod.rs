//! Workers: the only modules that know the platform. They carry bytes to the core and back and decide nothing.

mod body;
mod crypto;
mod host;
mod inbound;
mod ledger;
mod vars;

use std::cell::RefCell;
use std::panic;
use std::rc::Rc;

use js_sys::Object;
use worker::Env;
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};
use worker::web_sys::{self, console};

use crate::gateway::Gateway;
use crate::json::quoted;
use crate::reply::Reply;
use host::{Edge, LedgerObject};
use inbound::Inbound;
use vars::Bindings;

thread_local! {
    /// One isolate, one gateway, and the environment it was read from. A panic re-creates the instance, and with it this.
    static GATEWAY: RefCell<Option<(JsValue, Rc<Gateway>)>> = const { RefCell::new(None) };
}

/// The export that worker-build's shim calls. The `event` macro would wrap it in conversions worth 6 KB.
#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures, js_sys = worker::js_sys)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub async fn fetch(request: web_sys::Request, env: Env, _context: JsValue) -> Result<web_sys::Response, JsValue> {
    let edge = Edge::new(&env, None);
    let gateway = gateway(&env, &edge);
    respond(&gateway.handle(&Inbound(&request), &edge).await)
}

/// What an object of the ledger does when it wakes: see [`Gateway::release`].
#[wasm_bindgen(wasm_bindgen_futures = worker::wasm_bindgen_futures, js_sys = worker::js_sys)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub async fn release(env: Env, own: LedgerObject, name: String) -> Option<f64> {
    let edge = Edge::new(&env, Some(own));
    let next = gateway(&env, &edge).release(&name, &edge).await;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact")]
    let next = next.map(|next| next as f64);
    next
}

/// The gateway for this environment. Cloudflare may give a warm isolate a new one, when a secret or a variable changed:
/// what was revoked must not live on in memory.
fn gateway(env: &Env, edge: &Edge<'_>) -> Rc<Gateway> {
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
            *kept = Some((env.into(), Rc::clone(&gateway)));
            gateway
        }
    })
}

/// A panic's message may hold anything; only where it happened is logged. `guard.js` answers what was in flight.
fn report_panics_by_location() {
    panic::set_hook(Box::new(|info| {
        let at = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        console::error_1(&format!("{{\"panic\":{}}}", quoted(&at)).into());
    }));
}

fn respond(reply: &Reply) -> Result<web_sys::Response, JsValue> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in &reply.headers {
        headers.set(name, value)?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(reply.status);
    init.set_headers(&headers);
    // An empty text would still be a body: it would be given a media type, and a 204 may have none.
    let body = Some(reply.body.as_str()).filter(|body| !body.is_empty());
    web_sys::Response::new_with_opt_str_and_init(body, &init)
}
