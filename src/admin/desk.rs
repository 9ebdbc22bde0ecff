//! Slow responses, computed one after the other on a dedicated thread.
//!
//! Anything that runs in the pod can send these requests. The thread has the lowest priority and rests after each
//! response, so that it takes no processor time that a worker could use, and never more than half of one
//! processor.

use std::{
    collections::{HashMap, VecDeque},
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use http::Response;
use tokio::sync::oneshot;

use super::answer::Pieces;
use crate::listener::Client;

/// Maximum number of waiting requests.
const MOST_WAITING: usize = 16;

/// The nice value of the thread (setpriority(2)): the lowest priority.
const NICE: i32 = 19;

/// How long the thread rests after a response: a multiple of the time that the response took, and the upper limit.
const REST: (u32, Duration) = (2, Duration::from_millis(500));

/// A request to answer, and the client that sent it.
pub(super) struct Question {
    client: Client,
    made: Box<dyn FnOnce() -> Response<Pieces> + Send>,
}

impl Question {
    pub(super) fn new(client: Client, made: impl FnOnce() -> Response<Pieces> + Send + 'static) -> Self {
        Self { client, made: Box::new(made) }
    }
}

/// A handle for submitting requests. The thread ends when its last clone is dropped.
#[derive(Clone)]
pub(super) struct Desk(Arc<Open>);

struct Open(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    questions: VecDeque<(Question, oneshot::Sender<Response<Pieces>>)>,
    closed: bool,
}

impl Desk {
    /// Starts the thread.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn open() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let work = Arc::clone(&shared);
        thread::Builder::new().name("admin-work".into()).spawn(move || work.run())?;
        Ok(Self(Arc::new(Open(shared))))
    }

    /// Returns the response once it is computed; `None` if the request was dropped because too many are waiting.
    pub(super) async fn ask(&self, question: Question) -> Option<Response<Pieces>> {
        let (answer, answered) = oneshot::channel();
        let shared = &self.0.0;
        shared.waiting().add(question, answer);
        shared.changed.notify_one();
        answered.await.ok()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.waiting().closed = true;
        self.0.changed.notify_one();
    }
}

impl Waiting {
    /// Adds a request. If too many wait, the client with the most waiting requests loses its oldest one.
    fn add(&mut self, question: Question, answer: oneshot::Sender<Response<Pieces>>) {
        self.questions.retain(|(_, answer)| !answer.is_closed());
        self.questions.push_back((question, answer));
        if self.questions.len() <= MOST_WAITING {
            return;
        }
        let mut of_client: HashMap<Client, usize> = HashMap::new();
        for (question, _) in &self.questions {
            *of_client.entry(question.client).or_default() += 1;
        }
        let most = of_client.values().copied().max();
        let first = self.questions.iter().position(|(question, _)| of_client.get(&question.client).copied() == most);
        first.map(|first| self.questions.remove(first));
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!(%error, "the admin page has the priority of everything else");
        }
        while let Some((question, answer)) = self.next() {
            // The client may have disconnected.
            if answer.is_closed() {
                continue;
            }
            let began = Instant::now();
            let _ = answer.send((question.made)());
            let (times, most) = REST;
            thread::sleep((began.elapsed() * times).min(most));
        }
    }

    fn next(&self) -> Option<(Question, oneshot::Sender<Response<Pieces>>)> {
        let mut waiting = self.waiting();
        loop {
            if waiting.closed {
                return None;
            }
            if let Some(next) = waiting.questions.pop_front() {
                return Some(next);
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::answer::text;

    fn question(uid: u32) -> Question {
        Question::new(Client::User(uid), move || text("text/plain", uid.to_string()))
    }

    #[test]
    fn whoever_asks_too_much_loses_own_questions_and_none_of_anothers() {
        let mut waiting = Waiting::default();
        let mut add = |uid| {
            let (answer, answered) = oneshot::channel();
            waiting.add(question(uid), answer);
            answered
        };
        let mut other = add(2);
        let mut flood: Vec<_> = (0..1000).map(|_| add(1)).collect();
        let mut late = add(3);
        let lost = |answered: &mut oneshot::Receiver<_>| {
            matches!(answered.try_recv(), Err(oneshot::error::TryRecvError::Closed))
        };
        assert!(!lost(&mut other) && !lost(&mut late));
        assert_eq!(flood.iter_mut().filter_map(|one| (!lost(one)).then_some(())).count(), MOST_WAITING - 2);
        assert_eq!(waiting.questions.len(), MOST_WAITING);
    }

    #[tokio::test]
    async fn questions_are_answered_and_a_closed_desk_ends_its_thread() {
        let desk = Desk::open().unwrap();
        let answer = desk.ask(question(7)).await.unwrap();
        assert_eq!(answer.status(), 200);
        let shared = Arc::downgrade(&desk.0.0);
        drop(desk);
        let began = Instant::now();
        while shared.upgrade().is_some() {
            assert!(began.elapsed() < Duration::from_secs(30));
            tokio::task::yield_now().await;
        }
    }
}
