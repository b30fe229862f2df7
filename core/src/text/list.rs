use std::fmt::Display;

/// Lists names in backticks: `` `a`, `b` and `c` ``.
pub fn list<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Lists names in backticks, and of more than five how many more there are.
pub fn some_of(names: &[String]) -> String {
    match names.split_at_checked(5) {
        Some((first, rest)) if !rest.is_empty() => {
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and {} more", first.join(", "), rest.len())
        }
        _ => list(names),
    }
}

#[cfg(test)]
mod tests {
    use super::{list, some_of};

    #[test]
    fn of_many_names_the_first_are_listed() {
        let names: Vec<String> = (1..=7).map(|n| n.to_string()).collect();
        assert_eq!(some_of(&names), "`1`, `2`, `3`, `4`, `5` and 2 more");
        assert_eq!(some_of(&names[..2]), "`1` and `2`");
    }

    #[test]
    fn the_last_name_is_joined_by_and() {
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
