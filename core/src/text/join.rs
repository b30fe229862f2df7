use std::fmt::Display;

/// Joins names as they are: `a, b`.
pub fn join<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}
