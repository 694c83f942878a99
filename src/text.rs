//! Text for whoever takes it up: sentences broken into lines for people, words quoted for a shell.

/// Words in lines of at most `width` characters; every line but the first begins with `hang`. A word that is longer stands
/// on a line alone.
#[must_use]
pub fn wrap(words: &str, width: usize, hang: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{hang}{word}")),
        }
    }
    lines
}

/// A word as a shell takes it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_full_as_they_may_be_and_hang() {
        assert_eq!(wrap("one two three ü", 7, ""), ["one two", "three ü"]);
        assert_eq!(wrap("one two three four", 7, "  "), ["one two", "  three", "  four"]);
        assert_eq!(wrap("unbelievable", 3, "  "), ["unbelievable"]);
        assert_eq!(wrap("", 3, "  "), [""]);
    }

    #[test]
    fn words_are_quoted_as_shells_take_them() {
        assert_eq!((quoted("classroom"), quoted("38.1s kill 2")), ("classroom".into(), "'38.1s kill 2'".into()));
        assert_eq!((quoted("it's"), quoted("")), ("'it'\\''s'".into(), "''".into()));
    }
}
