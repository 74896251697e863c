//! What the threads of one operation share: the observer, and the first error.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::engine::Error;

/// Watches an operation and may stop it. Called from several threads.
pub trait Observer: Sync {
    /// The operation will go through this many bytes of image, holes included.
    fn total(&self, bytes: u64);
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// True stops the operation soon.
    fn cancelled(&self) -> bool {
        false
    }
}

/// The observer that does not look.
impl Observer for () {
    fn total(&self, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// One running operation.
pub(crate) struct Run<'a> {
    pub(crate) observer: &'a dyn Observer,
    stop: AtomicBool,
    first: Mutex<Option<Error>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(observer: &'a dyn Observer) -> Self {
        Self {
            observer,
            stop: AtomicBool::new(false),
            first: Mutex::new(None),
        }
    }

    /// Fails once another thread failed, or the observer asked to stop.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        if self.stopped() || self.observer.cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Keeps the first error, and tells all threads. A thread calls this before it lets go of
    /// its channels, so what others meet because of that comes second.
    pub(crate) fn settle<T>(&self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert(error);
                self.stop.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// The first error, if there was one.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        first.map_or(Ok(()), Err)
    }
}

/// What a closed channel means: its other end stopped and said why.
pub(crate) fn closed<E>(_: E) -> Error {
    Error::Cancelled
}

/// Threads that compute: one per core. More than eight would break the memory bound and gain
/// little, since by then the disk is what is waited for.
pub(crate) fn workers() -> usize {
    std::thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(1, 8)
}
