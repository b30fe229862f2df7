//! Many things, some at the same time.

use std::sync::Mutex;
use std::thread;

use tokio::runtime::{Builder, Runtime};

/// How many are tried at the same time.
const TOGETHER: usize = 3;

/// Tries each thing on a thread that it has to itself, with a runtime of its own.
///
/// The clients that it runs hold their thread up: a connection that another one was just opening on it would go on waiting for this
/// side, and `drop database` waits for whoever has not yet said who he is.
pub(super) fn each<T: Send, R: Send>(
    things: impl Iterator<Item = T> + Send,
    attempt: impl Fn(&Runtime, T) -> R + Sync,
) -> Vec<R> {
    let waiting = Mutex::new(things);
    let next = || waiting.lock().expect("no thread panics with it").next();
    let tried = |thing| {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        attempt(&runtime, thing)
    };
    let work = || std::iter::from_fn(next).map(tried).collect::<Vec<_>>();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..TOGETHER).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread ends")).collect()
    })
}
