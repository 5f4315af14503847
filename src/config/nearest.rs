//! The known word that a misspelt one was probably meant to be.

/// The nearest of the known words: the same but for a prefix, or a few letters away.
///
/// Far words find nothing: a wrong guess is worse than none.
pub fn find_nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 4).clamp(1, 3);
    let mut nearest: Option<(usize, &str)> = None;
    for candidate in known {
        let distance = if is_tail(word, candidate) || is_tail(candidate, word) {
            // A prefix too many or too few is many letters and yet a small mistake.
            1
        } else {
            distance(word, candidate)
        };
        if distance <= allowed && nearest.is_none_or(|(least, _)| distance < least) {
            nearest = Some((distance, candidate));
        }
    }
    nearest.map(|(_, candidate)| candidate)
}

/// Whether `tail` is what follows some dot in `whole`.
fn is_tail(tail: &str, whole: &str) -> bool {
    whole.strip_suffix(tail).is_some_and(|head| head.ends_with('.'))
}

/// The Levenshtein distance: letters put in, taken out or exchanged.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (at, candidate) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *candidate);
            diagonal = row[at + 1];
            row[at + 1] = exchanged.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_taken_out_or_exchanged_count_one_each() {
        assert_eq!(distance("status", "status"), 0);
        assert_eq!(distance("statsu", "status"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("größe", "grösse"), 2);
    }

    #[test]
    fn the_nearest_word_wins_and_far_ones_are_not_offered() {
        let known = ["maintenance-mode", "version", "user"];
        assert_eq!(find_nearest("maintenence-mode", known), Some("maintenance-mode"));
        assert_eq!(find_nearest("usr", known), Some("user"));
        assert_eq!(find_nearest("elephant", known), None);
    }

    #[test]
    fn a_forgotten_prefix_is_found() {
        assert_eq!(
            find_nearest("data_dir", ["redis.url", "fietsboek.data_dir"]),
            Some("fietsboek.data_dir")
        );
    }
}
