//! The orders in which the list of all tracks is offered: names that stand in URLs, and what a statement makes of them.

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

/// An order and the name that queries give it. Figures that are absent count as 0.
const ORDERS: [(Order, &str); 6] = [
    (Order::DateDesc, "DATE_DESC"),
    (Order::DateAsc, "DATE_ASC"),
    (Order::LengthDesc, "LENGTH_DESC"),
    (Order::LengthAsc, "LENGTH_ASC"),
    (Order::DurationDesc, "DURATION_DESC"),
    (Order::DurationAsc, "DURATION_ASC"),
];

impl Order {
    /// All orders as they are offered.
    pub fn all() -> impl Iterator<Item = Order> {
        ORDERS.into_iter().map(|(order, _)| order)
    }

    /// By what it sorts, in a statement on `tracks t` and `track_cache c`.
    pub(super) fn key(self) -> &'static str {
        match self {
            Order::DateDesc | Order::DateAsc => "coalesce(t.date_raw, '1970-01-01')",
            Order::LengthDesc | Order::LengthAsc => "coalesce(c.length, 0)",
            Order::DurationDesc | Order::DurationAsc => "coalesce(c.moving_time + c.stopped_time, 0)",
        }
    }

    /// In which direction, as a statement says it.
    pub(super) fn direction(self) -> &'static str {
        match self {
            Order::DateDesc | Order::LengthDesc | Order::DurationDesc => "DESC",
            Order::DateAsc | Order::LengthAsc | Order::DurationAsc => "ASC",
        }
    }

    /// The same from its end.
    pub(super) fn reversed(self) -> Order {
        match self {
            Order::DateDesc => Order::DateAsc,
            Order::DateAsc => Order::DateDesc,
            Order::LengthDesc => Order::LengthAsc,
            Order::LengthAsc => Order::LengthDesc,
            Order::DurationDesc => Order::DurationAsc,
            Order::DurationAsc => Order::DurationDesc,
        }
    }

    /// Whether it needs figures.
    pub(super) fn needs_figures(self) -> bool {
        !matches!(self, Order::DateDesc | Order::DateAsc)
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
        for (place, (order, name)) in ORDERS.into_iter().enumerate() {
            assert_eq!(order as usize, place);
            assert_eq!((order.name(), Order::find(name)), (name, Some(order)));
        }
        assert_eq!(Order::find("TITLE"), None);
        assert_eq!(Order::all().count(), 6);
    }
}
