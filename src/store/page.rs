//! Parts of lists.

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Folded by [`super::fold`]; empty for all.
    pub needle: String,
    /// At most so many; none for all.
    pub limit: Option<i64>,
    /// Skips so many.
    pub offset: i64,
}

/// A page, counted from the end of its list that is nearer: skipping costs time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// So many items.
    pub(super) limit: i64,
    /// Skips so many.
    pub(super) offset: i64,
    /// Whether the list is to be read from its end.
    pub(super) is_backwards: bool,
}

impl Page {
    /// The greatest number of items, for a statement.
    pub(super) fn limit(&self) -> i64 {
        self.limit.unwrap_or(i64::MAX)
    }

    /// The pattern for `LIKE … ESCAPE '\\'` that finds the needle.
    pub(super) fn pattern(&self) -> String {
        super::containing(&self.needle)
    }

    /// Where the page is in a list of so many items; `None` behind its end.
    pub(super) fn span(&self, total: i64) -> Option<Span> {
        let rest = total.checked_sub(self.offset).filter(|rest| *rest > 0)?;
        let limit = self.limit().min(rest);
        let behind = rest - limit;
        let is_backwards = behind < self.offset;
        Some(Span { limit, offset: if is_backwards { behind } else { self.offset }, is_backwards })
    }
}

impl Span {
    /// Whether reading a list of `all` items in its order fills this page sooner than finding all `total` that match and
    /// putting them in order, which takes four times as long for each (measured on PostgreSQL).
    pub(super) fn is_dense(self, total: i64, all: i64) -> bool {
        let read = (self.offset + self.limit) as f64 * all as f64 / total as f64;
        read < 4.0 * total as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Span};

    #[test]
    fn a_page_is_counted_from_the_nearer_end() {
        let span = |offset, limit, total| {
            let found = Page { needle: String::new(), limit, offset }.span(total);
            found.map(|Span { limit, offset, is_backwards }| (limit, offset, is_backwards))
        };
        assert_eq!(span(0, Some(10), 100), Some((10, 0, false)));
        assert_eq!(span(45, Some(10), 100), Some((10, 45, false)));
        assert_eq!(span(46, Some(10), 100), Some((10, 44, true)));
        assert_eq!(span(95, Some(10), 100), Some((5, 0, true)));
        assert_eq!(span(0, None, 100), Some((100, 0, false)));
        assert_eq!(span(99, None, 100), Some((1, 0, true)));
        assert_eq!((span(100, Some(10), 100), span(i64::MAX, None, 100), span(0, None, 0)), (None, None, None));
    }
}
