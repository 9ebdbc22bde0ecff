//! Suggests the valid word that is most similar to an invalid one.

/// The word of `words` that is most similar to `found`, if it is similar enough to have been meant.
pub(crate) fn nearest<'w>(found: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    nearest_within(found, words, (found.chars().count() / 3).max(1))
}

/// The most similar word, if its distance is at most `near_enough`.
pub(crate) fn nearest_within<'w>(
    found: &str,
    words: impl IntoIterator<Item = &'w str>,
    near_enough: usize,
) -> Option<&'w str> {
    words
        .into_iter()
        .map(|word| (distance(&found.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= near_enough)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment distance).
pub(crate) fn distance(a: &str, b: &str) -> usize {
    strsim::osa_distance(a, b)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn a_swap_of_neighbours_counts_once_and_letters_between_them_count_too() {
        for (one, other, letters) in [("", "abc", 3), ("ab", "ba", 1), ("ca", "abc", 3), ("kitten", "sitting", 3)] {
            assert_eq!(distance(one, other), letters, "{one} {other}");
            assert_eq!(distance(other, one), letters, "{other} {one}");
        }
    }

    #[test]
    fn a_third_of_the_letters_may_be_wrong_and_one_always() {
        for (found, meant) in [
            ("ab", Some("ad")),
            ("xy", None),
            ("Effekt", Some("Effect")),
            ("Efekt", None),
            ("Effct", Some("Effect")),
            ("Eft", None),
            ("EFFECT", Some("Effect")),
            ("Actoin", Some("Action")),
        ] {
            assert_eq!(nearest(found, ["Effect", "Action", "ad"]), meant, "{found}");
        }
    }
}
