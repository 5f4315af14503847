//! The known word that a misspelt one was probably meant to be: a verb, an option, a key.

/// The nearest of the known words: the same but for a prefix that ends in a dot, or a few letters
/// away. Far words find nothing: a wrong guess is worse than none.
pub fn find_nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near_enough = 1 + typed.chars().count() / 4;
    // A prefix too many or too few is many letters and yet a small mistake.
    let far = |word| {
        if is_tail(typed, word) || is_tail(word, typed) {
            1
        } else {
            distance(typed, word)
        }
    };
    let near = known
        .into_iter()
        .map(|word| (far(word), word))
        .filter(|(far, _)| *far <= near_enough);
    near.min_by_key(|(far, _)| *far).map(|(_, word)| word)
}

/// Whether `tail` is what follows some dot in `whole`.
fn is_tail(tail: &str, whole: &str) -> bool {
    whole.strip_suffix(tail).is_some_and(|head| head.ends_with('.'))
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
        assert_eq!(find_nearest("maintainance", known), None);
        assert_eq!(find_nearest("maintenence-mode", known), Some("maintenance-mode"));
        assert_eq!(find_nearest("usr", known), Some("user"));
        assert_eq!(find_nearest("frobnicate", known), None);
    }

    #[test]
    fn a_forgotten_prefix_is_found() {
        let known = ["redis.url", "fietsboek.data_dir"];
        assert_eq!(find_nearest("data_dir", known), Some("fietsboek.data_dir"));
    }
}
