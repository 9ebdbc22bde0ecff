//! The nearest valid word to one that is not: what somebody probably meant.

/// The word of `words` that is nearest to `found`, if it is near enough to have been meant.
pub(crate) fn nearest<'w>(found: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let near_enough = (found.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|word| (distance(&found.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= near_enough)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be inserted, deleted, replaced or swapped with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
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
