//! How many of something each holder has, bounded for each: connections by address, uploads by user.

use dashmap::DashMap;
use std::hash::Hash;
use std::sync::Arc;

pub struct Holders<K: Eq + Hash> {
    held: Arc<DashMap<K, usize>>,
    most: usize,
}

/// One of what a holder has, given back when it is dropped.
pub struct Held<K: Eq + Hash> {
    held: Arc<DashMap<K, usize>>,
    holder: K,
}

impl<K: Copy + Eq + Hash> Holders<K> {
    /// Each may have `most`.
    pub fn new(most: usize) -> Self {
        Self { held: Arc::default(), most }
    }

    /// `None` if the holder has as many as one may have.
    pub fn take(&self, holder: K) -> Option<Held<K>> {
        let mut count = self.held.entry(holder).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Held { held: Arc::clone(&self.held), holder })
    }
}

impl<K: Eq + Hash> Drop for Held<K> {
    fn drop(&mut self) {
        if let Some(mut count) = self.held.get_mut(&self.holder) {
            *count -= 1;
        }
        self.held.remove_if(&self.holder, |_, count| *count == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_their_own_and_what_is_given_back_is_free_and_forgotten() {
        let holders = Holders::new(2);
        let (one, two) = (holders.take('a').unwrap(), holders.take('a').unwrap());
        assert!(holders.take('a').is_none());
        assert!(holders.take('b').is_some());
        drop(one);
        assert!(holders.take('a').is_some());
        drop(two);
        assert!(holders.held.is_empty());
    }
}
