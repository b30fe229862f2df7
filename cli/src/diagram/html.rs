//! The picture as a page of one file: to move and enlarge, to search in, and to see what has to do with what.

use super::Diagram;
use super::svg::escaped;
use crate::templates;

impl Diagram<'_> {
    /// Returns the page.
    pub(crate) fn html(&self) -> String {
        let picture = self.svg();
        templates::text("schema/page.html", &[("title", &escaped(&self.title)), ("picture", &picture)])
    }
}
