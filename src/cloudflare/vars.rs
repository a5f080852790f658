//! Variables and secrets from the Worker's environment.

use js_sys::{Array, Number, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::config::Vars;
use crate::var::Var;

pub(super) struct Bindings<'e>(pub(super) &'e JsValue);

impl Bindings<'_> {
    fn get(&self, name: &str) -> Option<JsValue> {
        Reflect::get(self.0, &name.into()).ok().filter(|value| !value.is_undefined())
    }
}

impl Vars for Bindings<'_> {
    fn names(&self) -> Vec<String> {
        Object::keys(self.0.unchecked_ref::<Object>()).iter().filter_map(|name| name.as_string()).collect()
    }

    fn var(&self, name: &str) -> Option<Var> {
        self.get(name).map(|value| var(&value))
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }
}

fn var(value: &JsValue) -> Var {
    if let Some(text) = value.as_string() {
        Var::Text(text)
    } else if let Some(flag) = value.as_bool() {
        Var::Flag(flag)
    } else if Number::is_safe_integer(value) {
        #[expect(clippy::cast_possible_truncation, reason = "a safe integer fits")]
        Var::Integer(value.as_f64().unwrap_or_default() as i64)
    } else if Array::is_array(value) {
        Var::List(value.unchecked_ref::<Array>().iter().map(|value| var(&value)).collect())
    } else if let Some(table) = value.dyn_ref::<Object>() {
        let entry = |name: JsValue| Some((name.as_string()?, var(&Reflect::get(table, &name).ok()?)));
        Var::Table(Object::keys(table).iter().filter_map(entry).collect())
    } else {
        Var::Other
    }
}
