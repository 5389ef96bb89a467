//! A width shared among parts by their sizes.
//!
//! Pure. Guarantees: all of the width is given; a part that is there has at least one column, as long as there are that
//! many; larger parts have no less than smaller ones.

/// How wide each part is.
pub fn shares(sizes: &[usize], width: usize) -> Vec<usize> {
    let all: usize = sizes.iter().sum();
    if all == 0 {
        return vec![0; sizes.len()];
    }
    let least = |size: &usize| usize::from(*size > 0);
    let mut widths: Vec<usize> = sizes.iter().map(|size| (size * width / all).max(least(size))).collect();
    // What rounding has left over, or taken too much, is the largest part's: there it is seen least.
    let Some(largest) = (0..sizes.len()).max_by_key(|at| sizes.get(*at)) else { return widths };
    let taken: usize = widths.iter().sum();
    if let Some(wide) = widths.get_mut(largest) {
        *wide = (*wide + width).saturating_sub(taken);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_of_many_is_still_seen() {
        assert_eq!(shares(&[1, 999], 50), [1, 49]);
        assert_eq!(shares(&[1, 0, 3], 8), [2, 0, 6]);
        assert_eq!(shares(&[0], 8), [0]);
    }

    proptest! {
        #[test]
        fn all_of_the_width_is_given(sizes in prop::collection::vec(0_usize..10_000, 1..7), width in 7_usize..200) {
            let widths = shares(&sizes, width);
            let all: usize = sizes.iter().sum();
            prop_assert_eq!(widths.iter().sum::<usize>(), if all == 0 { 0 } else { width });
            prop_assert!(sizes.iter().zip(&widths).all(|(size, wide)| (*size > 0) == (*wide > 0) || width < sizes.len()));
        }
    }
}
