//! A growing set of positions, small while it is short.

use roaring::RoaringTreemap;

/// From here on, a compressed set is smaller than a list.
const FEW_MAX: usize = 64;

/// Positions are only ever added in their order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Positions {
    Few(Vec<Small>),
    Many(RoaringTreemap),
}

/// A position of five bytes: of the first million million records.
type Small = [u8; 5];

impl Default for Positions {
    fn default() -> Self {
        Self::Few(vec![])
    }
}

impl Positions {
    pub(crate) fn push(&mut self, position: u64) {
        match self {
            Self::Few(few) if few.len() < FEW_MAX && position >> 40 == 0 => {
                few.reserve_exact(usize::from(few.len() == few.capacity()) * 4);
                few.push(small(position));
            }
            Self::Few(few) => {
                let mut many: RoaringTreemap = few.iter().copied().map(large).collect();
                many.insert(position);
                *self = Self::Many(many);
            }
            Self::Many(many) => {
                many.insert(position);
            }
        }
    }

    pub(crate) fn contains(&self, position: u64) -> bool {
        match self {
            Self::Few(few) => few.iter().any(|known| large(*known) == position),
            Self::Many(many) => many.contains(position),
        }
    }

    /// Those below `before`, the last first.
    pub(crate) fn before(&self, before: u64) -> Box<dyn Iterator<Item = u64> + '_> {
        match self {
            Self::Few(few) => {
                let end = few.partition_point(|known| large(*known) < before);
                Box::new(few.iter().take(end).rev().copied().map(large))
            }
            Self::Many(many) => {
                let mut iter = many.iter();
                match before.checked_sub(1) {
                    Some(last) => iter.advance_back_to(last),
                    None => return Box::new(std::iter::empty()),
                }
                Box::new(iter.rev())
            }
        }
    }
}

fn small(position: u64) -> Small {
    let [_, _, _, a, b, c, d, e] = position.to_be_bytes();
    [a, b, c, d, e]
}

fn large([a, b, c, d, e]: Small) -> u64 {
    u64::from_be_bytes([0, 0, 0, a, b, c, d, e])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_say_the_same() {
        let mut positions = Positions::default();
        let all: Vec<u64> = (0..200).map(|number| number * 1_000_003).collect();
        for (index, position) in all.iter().enumerate() {
            positions.push(*position);
            assert!(positions.contains(*position) && !positions.contains(position + 1));
            let mut known = all[..=index].to_vec();
            known.reverse();
            assert_eq!(positions.before(u64::MAX).collect::<Vec<_>>(), known);
            assert_eq!(positions.before(*position).next(), known.get(1).copied());
        }
        assert!(positions.before(0).next().is_none());
        assert!(matches!(positions, Positions::Many(_)));
        positions.push(1 << 41);
        assert!(positions.contains(1 << 41));
    }
}
