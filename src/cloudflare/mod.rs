//! Workers: the only modules that know the platform. They carry bytes to the core and back and decide nothing.

mod body;
mod host;
mod inbound;
mod vars;

use std::cell::OnceCell;
use std::panic;
use std::rc::Rc;

use worker::Env;
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};
use worker::wasm_bindgen_futures;
use worker::web_sys::{self, console};

use crate::gateway::Gateway;
use crate::json::quoted;
use crate::reply::Reply;
use host::Edge;
use inbound::Inbound;
use vars::Bindings;

thread_local! {
    /// One isolate, one gateway. A panic re-creates the instance, and with it this.
    static GATEWAY: OnceCell<Rc<Gateway>> = const { OnceCell::new() };
}

/// The export that worker-build's shim calls. The `event` macro would wrap it in conversions worth 6 KB.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub async fn fetch(request: web_sys::Request, env: Env, _context: JsValue) -> Result<web_sys::Response, JsValue> {
    let edge = Edge::new(&env);
    let gateway = GATEWAY.with(|cell| {
        Rc::clone(cell.get_or_init(|| {
            report_panics_by_location();
            Rc::new(Gateway::new(&Bindings(&env), &edge))
        }))
    });
    respond(&gateway.handle(&Inbound(&request), &edge).await)
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
    web_sys::Response::new_with_opt_str_and_init(Some(&reply.body), &init)
}
