//! A thread with a runtime for listeners, which stops when it is dropped.

use std::{io, thread::JoinHandle};

use tokio::{runtime::Builder, sync::oneshot};

/// A thread that only serves listeners.
#[derive(Debug)]
pub(crate) struct ServiceThread {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ServiceThread {
    /// Starts a thread with this name. `begin` starts its listeners on its runtime.
    ///
    /// # Errors
    /// The runtime or the thread cannot be created.
    pub(crate) fn start(name: &str, begin: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            runtime.block_on(async {
                begin();
                let _ = stopped.await;
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for ServiceThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
