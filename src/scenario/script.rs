//! Commands with their instants, as options and files give them: `--do '38.1s kill 2'`, and one such a line in `--commands FILE`.

use super::fault::{Faults, Source, clean, nearest, one_line};
use super::fields::MONTH_S;
use super::saved::Instant;
use super::types::TimedCommand;
use crate::command::{Command, CommandError};
use crate::units::Nanos;
use std::fmt;

/// Reads a span of time, in seconds: `90s`, `5m`, `1h`, `1m30s`, and also `38.1s` or `250ms`.
///
/// # Errors
/// What is wrong with it, and how it is written.
pub fn parse_span(text: &str) -> Result<f64, String> {
    let seconds = humantime::parse_duration(text).ok().map(|span| span.as_secs_f64());
    match seconds {
        Some(seconds) if seconds <= MONTH_S => Ok(seconds),
        Some(_) => Err(format!("`{}` is longer than 30 days", clean(text))),
        None => Err(format!("`{}` is not a span of time; write it as 90s, 1m30s or 38.1s", clean(text))),
    }
}

/// Reads `TIME COMMAND`.
///
/// # Errors
/// What is wrong with it, and how it is written.
pub fn parse_timed(text: &str) -> Result<TimedCommand, String> {
    let text = text.trim();
    let Some((time, words)) = text.split_once(char::is_whitespace) else {
        return Err(format!("`{}` needs a time and a command; write it as '30s kill 2'", clean(text)));
    };
    let at_s = parse_span(time)?;
    Ok(TimedCommand { at_s, command: parse_command(words)? })
}

/// As [`parse_timed`] reads it, exact to the nanosecond.
impl fmt::Display for TimedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = Instant(Nanos::from_secs(self.at_s)).to_string();
        write!(f, "{}s {}", at.strip_suffix(".0").unwrap_or(&at), self.command)
    }
}

/// Reads a command; the verb that was probably meant comes before the list of all.
pub(super) fn parse_command(words: &str) -> Result<Command, String> {
    words.parse().map_err(|why: CommandError| {
        let verb = words.split_whitespace().next().unwrap_or("");
        let verbs = || Command::FORMS.iter().filter_map(|form| form.split(' ').next());
        match nearest(verb, verbs()) {
            Some(near) if near != verb => {
                let form = Command::FORMS.iter().find(|form| form.starts_with(near)).unwrap_or(&near);
                format!("unknown command `{}`; did you mean `{near}`, as in `{form}`?", clean(words))
            }
            // It may list every form of a command.
            _ => one_line(&why.to_string()),
        }
    })
}

/// Reads a file of commands, one `TIME COMMAND` a line; `#` begins a comment.
///
/// # Errors
/// Every faulty line.
pub fn parse_script(label: &str, text: &str) -> Result<Vec<TimedCommand>, Faults> {
    if text.len() > super::FILE_LIMIT {
        return Err(super::too_large(label).into());
    }
    let mut source = Source::file(label, text);
    let mut commands = Vec::new();
    let mut start = source.mark();
    source.note_hidden(start);
    for line in text[start..].split_inclusive('\n') {
        let words = line.split('#').next().unwrap_or("");
        let content = words.trim();
        if !content.is_empty() {
            let from = start + (words.len() - words.trim_start().len());
            match parse_timed(content) {
                _ if content.contains('\r') => {
                    let hint = Some("save the file with lines that end in LF".into());
                    source.fault(from..from + content.len(), "lines end in CR alone", hint);
                }
                Ok(command) => commands.push(command),
                Err(why) => source.fault(from..from + content.len(), why, None),
            }
        }
        start += line.len();
    }
    source.finish().map(|()| commands)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Target;

    #[test]
    fn spans_are_written_as_people_write_them() {
        for (text, seconds) in
            [("90s", 90.0), ("1m30s", 90.0), ("38.1s", 38.1), ("250ms", 0.25), ("1.5h", 5400.0), ("2days", 172_800.0)]
        {
            assert_eq!(parse_span(text), Ok(seconds));
        }
        for text in ["", "s", "-1s", "NaNs", "infs", "1e9s", "31days", "5", "5 parsecs", "99999999999999999999999h"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_was_read_is_written_as_it_was() {
        for words in ["38.1s kill 2", "30s restart store", "0.000000001s burst x3 1m30s"] {
            assert_eq!(parse_timed(words).unwrap().to_string(), words);
        }
    }

    #[test]
    fn a_script_keeps_its_order_and_skips_comments() {
        let script = "# warm up\n\n 10s kill 2   # the first\n10s add\n";
        let commands = parse_script("x", script).unwrap();
        assert_eq!(commands[0], TimedCommand { at_s: 10.0, command: Command::Kill(Target::Instance(2)) });
        assert_eq!(commands[1], TimedCommand { at_s: 10.0, command: Command::Add });
    }

    #[test]
    fn a_mark_of_byte_order_is_passed_over_and_any_other_hidden_character_named() {
        assert_eq!(parse_script("x", "\u{FEFF}10s kill 2\r\n\t20s add\r\n").unwrap().len(), 2);
        let faults = parse_script("x", "10s kill 2 # \u{FEFF}\n").unwrap_err();
        let fault = &faults.0[0];
        assert_eq!(fault.spot.as_ref().map(|spot| (spot.line, spot.column)), Some((1, 14)));
        assert!(fault.message.contains("\\u{feff} cannot be seen"), "{faults}");
    }

    #[test]
    fn what_cannot_be_seen_in_a_command_is_told_and_not_passed_over() {
        let why = parse_timed("5s kill 2\n6s add").unwrap_err();
        assert!(why.contains("`kill 2\\u{a}6s add`") && !why.contains('\n'), "{why}");
        let faults = parse_script("x", "1s add\r2s add\r").unwrap_err();
        assert!(faults.to_string().contains("lines end in CR alone"), "{faults}");
        assert!(parse_timed(&format!("5s kill {}", "2".repeat(100_000))).unwrap_err().len() < 2000);
    }

    #[test]
    fn every_faulty_line_is_named() {
        let faults = parse_script("x.txt", "10s kill 2\n  10 kill 2\n\nkill\n5s explode\n").unwrap_err();
        let spots: Vec<_> =
            faults.0.iter().map(|fault| fault.spot.as_ref().map(|s| (s.line, s.column)).unwrap()).collect();
        assert_eq!(spots, [(2, 3), (4, 1), (5, 1)]);
        assert!(faults.0[2].message.contains("one of: kill 2"), "{faults}");
    }
}
