//! A few things that cost much to make, kept by all that they were made of.
//!
//! Nothing on it grows old: whoever looks for a thing names everything that decides what it is, the state of the
//! files included, so what has changed is not found. What was not asked for longest goes first.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things by their keys; what they take together is bounded.
#[derive(Debug)]
pub struct Shelf<K, V> {
    most: usize,
    items: Mutex<Vec<Item<K, V>>>,
}

#[derive(Debug)]
struct Item<K, V> {
    key: K,
    value: V,
    size: usize,
}

impl<K: PartialEq, V: Clone> Shelf<K, V> {
    /// An empty one with room for `most`, in the unit in which [`Shelf::keep`] is told sizes.
    pub fn new(most: usize) -> Shelf<K, V> {
        Shelf {
            most,
            items: Mutex::default(),
        }
    }

    /// What stands there by this very key.
    pub fn find(&self, key: &K) -> Option<V> {
        let mut items = self.items();
        // The last that was asked for stands last, where it is found soonest.
        let at = items.iter().rposition(|item| item.key == *key)?;
        items[at..].rotate_left(1);
        items.last().map(|item| item.value.clone())
    }

    /// Puts a thing of a size there, and takes others away for it; one that takes more than half of the room is not kept.
    pub fn keep(&self, key: K, value: V, size: usize) {
        if size > self.most / 2 {
            return;
        }
        let mut items = self.items();
        items.retain(|item| item.key != key);
        items.push(Item { key, value, size });
        let mut taken: usize = items.iter().map(|item| item.size).sum();
        let goes = |item: &Item<K, V>| {
            let goes = taken > self.most;
            if goes {
                taken -= item.size;
            }
            goes
        };
        let gone = items.iter().map(goes).take_while(|goes| *goes).count();
        items.drain(..gone);
    }

    fn items(&self) -> MutexGuard<'_, Vec<Item<K, V>>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many things stand there, and what they take.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> (usize, usize) {
        let items = self.items();
        (items.len(), items.iter().map(|item| item.size).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_goes_first_and_the_room_is_never_exceeded() {
        let shelf = Shelf::new(10);
        for key in 0..3 {
            shelf.keep(key, key * 10, 3);
        }
        assert_eq!(shelf.find(&0), Some(0));
        shelf.keep(3, 30, 4);
        assert_eq!(shelf.taken(), (3, 10));
        assert_eq!(
            [0, 1, 2, 3].map(|key| shelf.find(&key)),
            [Some(0), None, Some(20), Some(30)]
        );
        for key in 0..1000 {
            shelf.keep(key, key, 1 + key % 5);
            assert!(shelf.taken().1 <= 10);
        }
        shelf.keep(2000, 0, 6);
        assert_eq!(shelf.find(&2000), None, "it would take nearly everything else away");
    }

    #[test]
    fn a_thing_that_is_made_again_takes_its_room_once() {
        let shelf = Shelf::new(10);
        shelf.keep("a", 1, 4);
        shelf.keep("a", 2, 5);
        assert_eq!((shelf.find(&"a"), shelf.taken()), (Some(2), (1, 5)));
    }
}
