//! Connections by number, where a number that was given back is never mistaken for its successor.
//!
//! An event may still name a connection that ended a moment ago; its generation tells.

/// Names one entry of a [`Table`], and no later one in the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id {
    index: u32,
    generation: u32,
}

impl Id {
    /// As one number, for the kernel to keep.
    pub fn to_u64(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    /// From the number that [`Id::to_u64`] gave.
    pub fn from_u64(number: u64) -> Id {
        Id {
            index: number as u32,
            generation: (number >> 32) as u32,
        }
    }
}

/// Generations take 30 bits, so that two are left in the kernel's number for the kind of thing.
const GENERATIONS: u32 = 1 << 30;

/// Entries by [`Id`].
#[derive(Debug)]
pub struct Table<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Table<T> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Adds an entry that needs to know its own name.
    pub fn insert(&mut self, entry: T) -> Id {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[index as usize];
        slot.1 = Some(entry);
        Id {
            index,
            generation: slot.0,
        }
    }

    /// The entry of this name, if it is still there.
    pub fn find_mut(&mut self, id: Id) -> Option<&mut T> {
        let slot = self.slots.get_mut(id.index as usize)?;
        (slot.0 == id.generation).then_some(slot.1.as_mut())?
    }

    /// Takes the entry out, if it is still there.
    pub fn remove(&mut self, id: Id) -> Option<T> {
        let slot = self.slots.get_mut(id.index as usize)?;
        if slot.0 != id.generation {
            return None;
        }
        let entry = slot.1.take()?;
        slot.0 = (slot.0 + 1) % GENERATIONS;
        self.free.push(id.index);
        Some(entry)
    }

    /// All entries with their names.
    pub fn iter(&self) -> impl Iterator<Item = (Id, &T)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            let id = Id {
                index: index as u32,
                generation: slot.0,
            };
            slot.1.as_ref().map(|entry| (id, entry))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_reach_its_successor() {
        let mut table = Table::default();
        let first = table.insert("a");
        assert_eq!(table.remove(first), Some("a"));
        let second = table.insert("b");
        assert_eq!(first.index, second.index);
        assert_eq!(table.find_mut(first), None);
        assert_eq!(table.remove(first), None);
        assert_eq!(table.find_mut(second), Some(&mut "b"));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_name_survives_being_a_number() {
        let mut table = Table::default();
        table.insert(1);
        let id = table.insert(2);
        table.remove(id);
        let id = table.insert(3);
        assert_eq!(Id::from_u64(id.to_u64()), id);
        let names: Vec<Id> = table.iter().map(|(id, _)| id).collect();
        assert_eq!(names[1], id);
    }
}
