//! The grammar of paths that are written by hand.

/// A path of a column, as `kubectl` and the server read it. A server takes any text that begins with a dot, and
/// then can't list objects at all if it is no path.
pub(super) fn column(path: &str) -> Result<(), String> {
    let mut rest = dotted(path)?;
    while let Some(letter) = rest.chars().next() {
        rest = match letter {
            '.' => name(rest.strip_prefix("..").unwrap_or(&rest[1..]))?,
            '[' => bracket(rest)?,
            _ => {
                return Err(format!(
                    "has `{rest}` after a bracket, where `.` or `[` is expected"
                ));
            }
        };
    }
    Ok(())
}

/// A path of the scale subresource, or of a selectable field: names and dots only.
pub(super) fn simple(path: &str) -> Result<(), String> {
    dotted(path)?;
    if let Some(wrong) = path.chars().find(|it| "[]*?(){}'\" \\".contains(*it)) {
        return Err(format!(
            "has a `{wrong}`, and only names and dots are allowed"
        ));
    }
    if path.split('.').skip(1).any(str::is_empty) {
        return Err("has two dots in a row, or one at its end".to_owned());
    }
    Ok(())
}

fn dotted(path: &str) -> Result<&str, String> {
    if path.is_empty() {
        return Err("is empty".to_owned());
    }
    if !path.starts_with('.') {
        return Err("doesn't start with a dot".to_owned());
    }
    Ok(path)
}

/// What comes after the name that begins here.
fn name(rest: &str) -> Result<&str, String> {
    if let Some(rest) = rest.strip_prefix('*') {
        return Ok(rest);
    }
    let mut escaped = false;
    let end = rest.find(|letter: char| {
        let ends = !escaped && ".[]{}()'\" *?,".contains(letter);
        escaped = !escaped && letter == '\\';
        ends
    });
    let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
    if name.is_empty() {
        return Err("has two dots in a row, or one at its end".to_owned());
    }
    match rest.chars().next() {
        None | Some('.' | '[') => Ok(rest),
        Some(wrong) => Err(format!("has a `{wrong}`, where `.` or `[` is expected")),
    }
}

/// What comes after the bracket that begins here: an index, a slice, names, or a filter.
fn bracket(rest: &str) -> Result<&str, String> {
    if let Some(filter) = rest.strip_prefix("[?(") {
        let end = filter
            .find(")]")
            .ok_or("has a filter that `)]` doesn't close")?;
        if filter[..end].trim().is_empty() {
            return Err("has an empty filter".to_owned());
        }
        return Ok(&filter[end + 2..]);
    }
    let end = rest.find(']').ok_or("has a `[` that nothing closes")?;
    let inside = rest[1..end].trim();
    let quoted = |it: &str| {
        ['\'', '"']
            .iter()
            .any(|quote| it.len() > 2 && it.starts_with(*quote) && it.ends_with(*quote))
    };
    let number = |it: &str| it.is_empty() || it.parse::<i64>().is_ok();
    let slice = inside.split(':').all(number) && !inside.is_empty();
    let names = inside
        .split(',')
        .map(str::trim)
        .all(|it| quoted(it) || it.parse::<i64>().is_ok());
    if inside == "*" || slice || names {
        Ok(&rest[end + 1..])
    } else {
        Err(format!(
            "has `[{inside}]`, where an index, `*` or a quoted name is expected"
        ))
    }
}
