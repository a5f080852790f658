//! What is under way on this isolate. A task is polled when it begins, and when `passage.js` says that an operation of its
//! own has ended; nothing else wakes it, and nothing of one request runs in the course of another.

use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Waker};

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// By number. The place of the one that is being polled is empty, for it may call JavaScript, which may begin another.
    static TASKS: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

enum Place {
    Free,
    Polled,
    Waiting(Task),
}

/// Begins a task. Returns its number, which another one may have after its end.
pub(super) fn begin(task: impl Future<Output = ()> + 'static) -> u32 {
    let number = TASKS.with_borrow_mut(|tasks| {
        let free = tasks.iter().position(|place| matches!(place, Place::Free));
        free.unwrap_or_else(|| {
            tasks.push(Place::Free);
            tasks.len().saturating_sub(1)
        })
    });
    put(number, Place::Polled);
    poll(number, Box::pin(task));
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Goes on with a task, if it waits.
pub(super) fn resume(number: u32) {
    let number = number as usize;
    let waiting = TASKS.with_borrow(|tasks| matches!(tasks.get(number), Some(Place::Waiting(_))));
    if waiting && let Place::Waiting(task) = put(number, Place::Polled) {
        poll(number, task);
    }
}

fn poll(number: usize, mut task: Task) {
    let is_over = task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
    put(number, if is_over { Place::Free } else { Place::Waiting(task) });
}

fn put(number: usize, place: Place) -> Place {
    TASKS.with_borrow_mut(|tasks| match tasks.get_mut(number) {
        Some(at) => core::mem::replace(at, place),
        None => Place::Free,
    })
}
