//! Variables and secrets from the Worker's environment.

use js_sys::{JSON, Object, Reflect};
use worker::Env;
use worker::wasm_bindgen::{JsCast, JsValue};

use crate::config::Vars;

pub(super) struct Bindings<'e>(pub(super) &'e Env);

impl Bindings<'_> {
    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(self.0, &name.into()).ok().filter(|value| !value.is_undefined())
    }
}

impl Vars for Bindings<'_> {
    fn names(&self) -> Vec<String> {
        Object::keys(self.0.unchecked_ref::<Object>()).iter().filter_map(|name| name.as_string()).collect()
    }

    fn json(&self, name: &str) -> Option<String> {
        JSON::stringify(&self.get(name)?).ok()?.as_string()
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }
}
