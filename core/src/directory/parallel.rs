//! Work on thousands of files, on more than one thread.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// A thread costs what reading and checking some dozens of files costs.
const WORTH_A_THREAD: usize = 256;

/// Does the same for every item, and returns the results in the order of the items.
pub(super) fn map<T: Send, R: Send>(items: Vec<T>, act: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len() / WORTH_A_THREAD);
    if threads < 2 {
        return items.into_iter().map(act).collect();
    }
    let share = items.len().div_ceil(threads);
    let mut results = Vec::with_capacity(items.len());
    let mut items = items.into_iter();
    thread::scope(|scope| {
        let act = &act;
        let shares = (0..threads).map(|_| items.by_ref().take(share).collect::<Vec<T>>());
        let workers: Vec<_> =
            shares.map(|share| scope.spawn(move || share.into_iter().map(act).collect::<Vec<R>>())).collect();
        for worker in workers {
            results.append(&mut worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
    });
    results
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_stays_whatever_the_number() {
        for count in [0, 1, 255, 513, 2000] {
            let doubled = super::map((0..count).collect(), |n: usize| n * 2);
            assert_eq!(doubled, (0..count).map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
