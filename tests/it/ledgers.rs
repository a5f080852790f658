//! The objects of the ledger in a world: each a database of its own, made when it is first asked.

use core::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use hookgate::ledger::{Answer, Call};
use serde_json::Value;

use crate::ledger::Object;
use crate::world::World;

/// All objects by their names.
#[derive(Clone, Default)]
pub(crate) struct Objects(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Object>,
    /// Those that do not answer.
    silent: BTreeSet<String>,
    /// Calls of this name are done, and their answers lost.
    lost: Option<String>,
    /// What was asked through the world: the object, and the call.
    asked: Vec<(String, String)>,
}

impl Objects {
    /// The ledger of this world, on its clock.
    pub(crate) fn of(world: &World) -> Self {
        let objects = Self::default();
        let own = objects.clone();
        *world.ledger.borrow_mut() = Some(Box::new(move |name, call, now| own.answer(name, call, now)));
        objects
    }

    fn answer(&self, name: &str, call: &str, now: u64) -> Option<String> {
        let mut inner = self.0.borrow_mut();
        inner.asked.push((name.into(), call.into()));
        if inner.silent.contains(name) {
            return None;
        }
        let object = inner.objects.entry(name.into()).or_insert_with(Object::new);
        object.now = now;
        let answer = object.raw(call).ok().map(|reply| reply.answer.to_text());
        let lost = inner.lost.as_deref().is_some_and(|name| call.starts_with(&format!("{{\"call\":\"{name}\"")));
        answer.filter(|_| !lost)
    }

    /// Has an object answer no more, or again.
    pub(crate) fn silence(&self, name: &str, silent: bool) {
        let mut inner = self.0.borrow_mut();
        if silent {
            inner.silent.insert(name.into());
        } else {
            inner.silent.remove(name);
        }
    }

    /// From now on calls of this name are done, and their answers lost.
    pub(crate) fn lose(&self, call: Option<&str>) {
        self.0.borrow_mut().lost = call.map(Into::into);
    }

    /// Does something with an object at the time of the world, past the gate.
    pub(crate) fn with<T>(&self, world: &World, name: &str, act: impl FnOnce(&mut Object) -> T) -> T {
        use hookgate::host::Host as _;
        let mut inner = self.0.borrow_mut();
        let object = inner.objects.entry(name.into()).or_insert_with(Object::new);
        object.now = world.now();
        act(object)
    }

    pub(crate) fn ask(&self, world: &World, name: &str, call: Call<'_>) -> Answer {
        self.with(world, name, |object| object.ask(call))
    }

    pub(crate) fn report(&self, world: &World, name: &str, call: Call<'_>) -> Value {
        self.with(world, name, |object| object.report(call))
    }

    /// What was asked through the world, in order: the object, and the call.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        let inner = self.0.borrow();
        inner.asked.iter().map(|(name, call)| (name.clone(), serde_json::from_str(call).expect(call))).collect()
    }
}
