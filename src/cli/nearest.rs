//! The known word that a slip of the finger meant.

/// The nearest known word, if one is near enough to be meant.
pub fn find<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near_enough = 1 + typed.chars().count() / 4;
    known
        .into_iter()
        .map(|word| (distance(typed, word), word))
        .filter(|(far, _)| *far <= near_enough)
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

/// How many letters have to be changed, left out, added or swapped with their neighbour to make one
/// word of the other (the optimal string alignment distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_left_out_added_changed_or_swapped_count_one_each() {
        for (a, b, expected) in [
            ("wait", "wait", 0),
            ("wiat", "wait", 1),
            ("wat", "wait", 1),
            ("waitt", "wait", 1),
            ("walt", "wait", 1),
            ("", "wait", 4),
            ("größe", "grösse", 2),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_is_offered_and_nothing_when_all_are_far() {
        let known = ["maintenance-mode", "version", "user", "track"];
        assert_eq!(find("maintainance", known), None);
        assert_eq!(find("maintenence-mode", known), Some("maintenance-mode"));
        assert_eq!(find("usr", known), Some("user"));
        assert_eq!(find("frobnicate", known), None);
    }
}
