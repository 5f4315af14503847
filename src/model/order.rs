//! The orders in which the list of all tracks is offered: names that stand in URLs, and their SQL.

/// How the list is ordered; the ids decide between equals, in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Newest first, by the clock at the place.
    #[default]
    DateDesc,
    /// Oldest first.
    DateAsc,
    /// Longest way first.
    LengthDesc,
    /// Shortest way first.
    LengthAsc,
    /// Longest time first, in motion and at rest.
    DurationDesc,
    /// Shortest time first.
    DurationAsc,
}

/// An order, the name that queries give it, and what it is in a statement. Figures that are absent count as 0.
const ORDERS: [(Order, &str, &str); 6] = [
    (
        Order::DateDesc,
        "DATE_DESC",
        "coalesce(t.date_raw, '1970-01-01') DESC, t.id DESC",
    ),
    (Order::DateAsc, "DATE_ASC", "coalesce(t.date_raw, '1970-01-01'), t.id"),
    (
        Order::LengthDesc,
        "LENGTH_DESC",
        "coalesce(c.length, 0) DESC, t.id DESC",
    ),
    (Order::LengthAsc, "LENGTH_ASC", "coalesce(c.length, 0), t.id"),
    (
        Order::DurationDesc,
        "DURATION_DESC",
        "coalesce(c.moving_time + c.stopped_time, 0) DESC, t.id DESC",
    ),
    (
        Order::DurationAsc,
        "DURATION_ASC",
        "coalesce(c.moving_time + c.stopped_time, 0), t.id",
    ),
];

impl Order {
    /// All orders as they are offered.
    pub fn all() -> impl Iterator<Item = Order> {
        ORDERS.into_iter().map(|(order, _, _)| order)
    }

    /// What it is in a statement on `tracks t` and `track_cache c`.
    pub(super) fn sql(self) -> &'static str {
        ORDERS[self as usize].2
    }

    /// The name that queries give it.
    pub fn name(self) -> &'static str {
        ORDERS[self as usize].1
    }

    /// The order of a name.
    pub fn find(name: &str) -> Option<Order> {
        ORDERS.into_iter().find(|row| row.1 == name).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_orders_stand_where_they_are_looked_for() {
        for (place, (order, name, _)) in ORDERS.into_iter().enumerate() {
            assert_eq!(order as usize, place);
            assert_eq!((order.name(), Order::find(name)), (name, Some(order)));
        }
        assert_eq!(Order::find("TITLE"), None);
        assert_eq!(Order::all().count(), 6);
    }
}
