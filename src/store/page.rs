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

impl Page {
    /// The greatest number of items, for a statement.
    pub(super) fn limit(&self) -> i64 {
        self.limit.unwrap_or(i64::MAX)
    }

    /// The pattern for `LIKE … ESCAPE '\\'` that finds the needle.
    pub(super) fn pattern(&self) -> String {
        super::containing(&self.needle)
    }
}
