//! The environment that the core reads, made of `wrangler.toml` and `.dev.vars`. A secret that is on Cloudflare only
//! cannot be read: something that may be a secret stands in for it, and its name is remembered.

use core::cell::RefCell;

use super::dev_vars::DevVars;
use super::document::Node;
use crate::config::Vars;
use crate::var::Var;

/// What the Worker would see.
pub(crate) struct Environment<'d> {
    pub(crate) vars: Option<&'d Node>,
    pub(crate) dev_vars: &'d DevVars,
    /// What stands in for each secret that is not here; for others the first of [`STAND_INS`].
    stand_ins: Vec<(String, Option<&'static str>)>,
    asked: RefCell<Vec<String>>,
}

/// Texts that are right as a secret of one kind each: any text, hex and base64 of 32 bytes; Standard Webhooks.
const STAND_INS: [&str; 2] = [
    "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e",
    "whsec_XKGrHlyhqx5coaseXKGrHlyhqx5coaseXKGrHlyhqx4=",
];

impl<'d> Environment<'d> {
    /// An environment in which every secret that is not here has the stand-in with which `mistakes` counts the fewest
    /// mistakes.
    pub(crate) fn fitted(vars: Option<&'d Node>, dev_vars: &'d DevVars, mistakes: impl Fn(&dyn Vars) -> usize) -> Self {
        let mut environment = Self { vars, dev_vars, stand_ins: Vec::new(), asked: RefCell::default() };
        mistakes(&environment);
        for name in environment.absent() {
            let count = |choice: &Option<&'static str>| mistakes(&environment.with(&name, *choice));
            let choice = STAND_INS.map(Some).into_iter().min_by_key(count).flatten();
            environment.stand_ins.push((name, choice));
        }
        environment
    }

    /// The same with another stand-in for one secret; `None` is no secret at all.
    pub(crate) fn with(&self, name: &str, stand_in: Option<&'static str>) -> Self {
        let mut stand_ins = self.stand_ins.clone();
        stand_ins.retain(|(own, _)| own != name);
        stand_ins.push((name.into(), stand_in));
        Self { vars: self.vars, dev_vars: self.dev_vars, stand_ins, asked: RefCell::default() }
    }

    /// The names of all secrets that were asked for, each once, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.borrow().clone()
    }

    /// Those that are neither in `.dev.vars` nor, wrongly, among the variables.
    pub(crate) fn absent(&self) -> Vec<String> {
        let here = |name: &String| self.dev_vars.find(name).is_some() || self.variable(name).is_some();
        self.asked().into_iter().filter(|name| !here(name)).collect()
    }

    fn variable(&self, name: &str) -> Option<&'d Node> {
        self.vars?.get(name)
    }
}

impl Vars for Environment<'_> {
    fn names(&self) -> Vec<String> {
        self.vars.map_or(&[][..], Node::entries).iter().map(|entry| entry.key.clone()).collect()
    }

    fn var(&self, name: &str) -> Option<Var> {
        self.variable(name).map(Node::to_var)
    }

    fn secret(&self, name: &str) -> Option<String> {
        if !self.asked.borrow().iter().any(|own| own == name) {
            self.asked.borrow_mut().push(name.into());
        }
        // What is on Cloudflare as a variable is found there, so that nothing else is said of it than that it is one.
        let stand_in =
            self.stand_ins.iter().find(|(own, _)| own == name).map_or(STAND_INS.first().copied(), |(_, own)| *own);
        match self.dev_vars.find(name) {
            Some(var) => Some(var.value.clone()),
            None => stand_in.map(Into::into),
        }
    }
}
