//! Text for whoever takes it up: nouns for one and for many, sentences put together and broken into lines for people,
//! words quoted for a shell.

use std::borrow::Borrow;
use unicode_width::UnicodeWidthStr;

/// The longest line of what is printed for people: what every terminal has room for.
pub const WIDTH: usize = 80;

/// What stands for an instant that did not come, or that another fault hid. What does not apply is "–".
pub(crate) const NOT_SEEN: &str = "not seen";

/// A noun for so many things: `cart`, `carts`.
#[must_use]
pub fn plural<N: PartialEq + From<u8>>(noun: &str, count: N) -> String {
    if count == N::from(1) {
        return noun.into();
    }
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if ["az", "ez", "iz", "oz", "uz"].iter().any(|end| noun.ends_with(end)) => format!("{noun}zes"),
        _ if noun.ends_with(['s', 'x', 'z']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// A noun for any one thing, as far as its spelling tells: `a cart`, `an order`, `a user`.
#[must_use]
pub fn any(noun: &str) -> String {
    let as_in_you = ["us", "uni", "eu"].iter().any(|start| noun.starts_with(start));
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) && !as_in_you { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Words in lines of at most `width` cells; every line but the first begins with `hang`. A word that is longer stands
/// on a line alone. A figure and its `%` stay together.
#[must_use]
pub fn wrap(words: &str, width: usize, hang: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    // A space that is none to break at.
    for word in words.replace(" %", "\u{a0}%").split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{hang}{word}")),
        }
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

/// Words beside what they are about: their lines begin below each other. A newline at the end of each.
#[must_use]
pub fn beside(head: &str, words: &str) -> String {
    let indent = head.width();
    let lines = wrap(words, WIDTH.saturating_sub(indent), "");
    format!("{head}{}\n", lines.join(&format!("\n{:indent$}", "")))
}

/// Words as a sentence lists them: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list<W: Borrow<str>>(words: &[W]) -> String {
    match words {
        [] => String::new(),
        [one] => one.borrow().into(),
        [others @ .., last] => format!("{} and {}", others.join(", "), last.borrow()),
    }
}

/// Whether a character could do something to a terminal or to the order of a text, or cannot be seen. Joiners
/// (U+200C, U+200D) are not among them: some scripts cannot be written without them.
pub(crate) fn hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(
            c,
            '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{3164}' | '\u{FFA0}'
        )
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A word as a shell takes it; what would do something to a terminal in the form of bash and its kin.
#[must_use]
pub fn quoted(word: &str) -> String {
    if word.chars().any(hostile) {
        let escaped = word.chars().map(|c| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if hostile(c) => format!("\\U{:08x}", u32::from(c)),
            c => c.into(),
        });
        return format!("$'{}'", escaped.collect::<String>());
    }
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
        assert_eq!(wrap("三 四 五", 5, ""), ["三 四", "五"]);
        assert_eq!(wrap("at most 0.1 % (of all)", 11, ""), ["at most", "0.1 % (of", "all)"]);
    }

    #[test]
    fn words_stand_beside_what_they_are_about() {
        let text = beside("  name  ", &["four"; 20].join(" "));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  name  four") && lines[1].starts_with("        four"), "{text}");
        assert!(lines.len() == 2 && lines[0].len() == 77, "{text}");
    }

    #[test]
    fn words_are_listed_as_sentences_do() {
        assert_eq!([&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(list), ["", "a", "a and b", "a, b and c"]);
    }

    #[test]
    fn words_are_quoted_as_shells_take_them() {
        assert_eq!((quoted("classroom"), quoted("38.1s kill 2")), ("classroom".into(), "'38.1s kill 2'".into()));
        assert_eq!(quoted("it's\u{1b}[m"), "$'it\\'s\\U0000001b[m'");
        assert_eq!((quoted("it's"), quoted("")), ("'it'\\''s'".into(), "''".into()));
    }

    #[test]
    fn one_is_not_many() {
        for (noun, many) in [
            ("cart", "carts"),
            ("box", "boxes"),
            ("batch", "batches"),
            ("copy", "copies"),
            ("day", "days"),
            ("quiz", "quizzes"),
            ("waltz", "waltzes"),
        ] {
            assert_eq!((plural(noun, 1), plural(noun, 0), plural(noun, 2u64)), (noun.into(), many.into(), many.into()));
        }
    }

    #[test]
    fn nouns_have_their_articles() {
        assert_eq!(
            ["cart", "order", "upload", "user", "unit"].map(any),
            ["a cart", "an order", "an upload", "a user", "a unit"]
        );
    }
}
