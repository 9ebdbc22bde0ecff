//! A limit that workloads share, with a guaranteed share for each.
//!
//! Half of the limit is divided evenly between the workloads and the clients without a workload, and reserved for
//! them; the other half is first come, first served. So a workload that takes everything it can get still leaves
//! every other workload its share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// A limit, and how much of it is taken.
#[derive(Debug)]
pub struct Quota {
    total: u64,
    /// The amount reserved for each class.
    share: u64,
    /// The index of each workload among the classes; clients without a workload have index 0.
    classes: HashMap<Arc<str>, usize>,
    taken: Mutex<Vec<u64>>,
    returned: Notify,
}

/// A part that is taken; it is returned on drop.
#[derive(Debug)]
pub struct Taken {
    quota: Arc<Quota>,
    class: usize,
    amount: u64,
}

impl Quota {
    /// Creates a limit that these workloads share.
    #[must_use]
    pub fn new<'w>(total: u64, workloads: impl IntoIterator<Item = &'w Arc<str>>) -> Arc<Self> {
        let classes: HashMap<Arc<str>, usize> =
            workloads.into_iter().enumerate().map(|(at, name)| (Arc::clone(name), at + 1)).collect();
        let count = classes.len() + 1;
        let even = total / (2 * count as u64);
        // If half of the limit is smaller than the number of classes, reserve one for each if the whole limit
        // suffices.
        let share = if even == 0 && total >= count as u64 { 1 } else { even };
        let taken = Mutex::new(vec![0; count]);
        Arc::new(Self { total, share, classes, taken, returned: Notify::new() })
    }

    /// The whole limit, including the reserved amounts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The amount reserved for each workload, and for clients without one.
    #[must_use]
    pub fn share(&self) -> u64 {
        self.share
    }

    /// Takes a part for a workload, or for a client without one; `None` if not enough is left for it.
    #[must_use]
    pub fn try_take(self: &Arc<Self>, workload: Option<&str>, amount: u64) -> Option<Taken> {
        let class = self.class(workload);
        let mut taken = self.taken();
        let kept_for_others: u64 = taken
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != class)
            .map(|(_, taken)| self.share.saturating_sub(*taken))
            .sum();
        let all: u64 = taken.iter().sum();
        let after = all.checked_add(amount)?.checked_add(kept_for_others)?;
        if after > self.total {
            return None;
        }
        *taken.get_mut(class)? += amount;
        Some(Taken { quota: Arc::clone(self), class, amount })
    }

    /// Waits until there is a part for a workload, or for a client without one. An amount above the limit waits
    /// forever.
    pub async fn take(self: &Arc<Self>, workload: Option<&str>, amount: u64) -> Taken {
        loop {
            let mut returned = std::pin::pin!(self.returned.notified());
            // Register before checking, so that a part returned from here on is noticed.
            returned.as_mut().enable();
            if let Some(taken) = self.try_take(workload, amount) {
                return taken;
            }
            returned.await;
        }
    }

    fn class(&self, workload: Option<&str>) -> usize {
        workload.and_then(|name| self.classes.get(name)).copied().unwrap_or_default()
    }

    fn taken(&self) -> MutexGuard<'_, Vec<u64>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(taken) = self.quota.taken().get_mut(self.class) {
            *taken -= self.amount;
        }
        self.quota.returned.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(total: u64, workloads: &[&str]) -> Arc<Quota> {
        let names: Vec<Arc<str>> = workloads.iter().map(|name| (*name).into()).collect();
        Quota::new(total, &names)
    }

    /// Takes one at a time until none is left.
    fn all(quota: &Arc<Quota>, workload: Option<&str>) -> Vec<Taken> {
        std::iter::from_fn(|| quota.try_take(workload, 1)).collect()
    }

    #[test]
    fn whoever_takes_all_it_can_get_leaves_every_other_its_share() {
        let cases: &[(u64, &[&str])] = &[
            (1, &[]),
            (1000, &[]),
            (3, &["a", "b"]),
            (4, &["a", "b"]),
            (60, &["a", "b"]),
            (1000, &["a"]),
            (1000, &["a", "b", "c", "d", "e"]),
            (7, &["a", "b", "c", "d", "e"]),
        ];
        for (total, workloads) in cases {
            let clients: Vec<Option<&str>> = workloads.iter().map(|name| Some(*name)).chain([None]).collect();
            for hog in &clients {
                let quota = quota(*total, workloads);
                let mut held = all(&quota, *hog);
                let others = clients.iter().filter(|client| *client != hog);
                let share = quota.share() as usize;
                assert!(share >= 1 || *total < clients.len() as u64);
                assert_eq!(held.len(), *total as usize - share * (clients.len() - 1), "{total} {hog:?}");
                for other in others {
                    let found = all(&quota, *other);
                    assert!(found.len() >= share, "{total} {hog:?} {other:?}");
                    held.extend(found);
                }
                assert_eq!(held.len() as u64, *total, "nothing is wasted");
                drop(held);
                assert!(quota.try_take(*hog, 1).is_some());
            }
        }
    }

    #[test]
    fn bytes_are_shared_in_the_same_way_and_the_limit_is_never_passed() {
        let quota = quota(8 << 20, &["a", "b"]);
        let mib = 1 << 20;
        let hog: Vec<_> = std::iter::from_fn(|| quota.try_take(Some("a"), mib)).collect();
        assert_eq!(hog.len(), 5);
        assert!(quota.try_take(Some("b"), mib).is_some() && quota.try_take(None, mib).is_some());
        assert!(quota.try_take(Some("b"), 9 * mib).is_none() && quota.try_take(Some("b"), u64::MAX).is_none());
        assert!(quota.try_take(Some("of no name that is known"), mib).is_some(), "counts as a client of none");
    }

    #[tokio::test]
    async fn a_client_waits_until_something_is_returned() {
        let quota = quota(2, &[]);
        let (one, two) = (quota.take(None, 1).await, quota.take(None, 1).await);
        let waiting = tokio::spawn({
            let quota = Arc::clone(&quota);
            async move { quota.take(None, 1).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(one);
        drop(waiting.await.unwrap());
        drop(two);
    }
}
