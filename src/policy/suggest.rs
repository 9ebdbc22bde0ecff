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
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_char = None;
    for (row, from) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in b.iter().enumerate() {
            let cell = |line: &[usize], at: usize| line.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (cell(&last, column) + usize::from(from != *to))
                .min(cell(&last, column + 1) + 1)
                .min(cell(&current, column) + 1);
            let swapped = column > 0 && b.get(column - 1) == Some(&from) && previous_char == Some(*to);
            if swapped {
                best = best.min(cell(&before_last, column - 1) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_char = Some(from);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    /// The definition, implemented directly.
    fn plain(a: &[char], b: &[char]) -> usize {
        let (Some((last_a, a_before)), Some((last_b, b_before))) = (a.split_last(), b.split_last()) else {
            return a.len() + b.len();
        };
        let replaced = plain(a_before, b_before) + usize::from(last_a != last_b);
        let one_less = plain(a_before, b).min(plain(a, b_before)) + 1;
        let swapped = match (a_before.split_last(), b_before.split_last()) {
            (Some((before_a, a_rest)), Some((before_b, b_rest))) if before_a == last_b && before_b == last_a => {
                plain(a_rest, b_rest) + 1
            }
            (_, _) => usize::MAX,
        };
        replaced.min(one_less).min(swapped)
    }

    #[test]
    fn distances_are_what_the_definition_says() {
        // All pairs of words of up to four letters from an alphabet of three.
        let mut words = vec![String::new()];
        for length in 0..4 {
            let longer: Vec<String> = words.iter().filter(|word| word.len() == length).cloned().collect();
            words.extend(longer.iter().flat_map(|word| ["a", "b", "c"].map(|letter| format!("{word}{letter}"))));
        }
        let letters = |word: &str| word.chars().collect::<Vec<_>>();
        for one in &words {
            for other in words.iter().filter(|other| other.len() + one.len() < 7) {
                assert_eq!(distance(one, other), plain(&letters(one), &letters(other)), "{one} {other}");
            }
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
