//! What a challenge asks, for whoever takes it.

use super::{Challenge, May};
use crate::scenario::{Home, fields_of};
use crate::text::{WIDTH, quoted, wrap};
use unicode_width::UnicodeWidthStr;

impl Challenge {
    /// What has happened, what is asked, what may be changed, and how to hand it in. `word` is what led to the challenge on the
    /// command line: its name, or its file.
    #[must_use]
    pub fn task(&self, word: &str) -> String {
        let story: Vec<&str> = self.story.split_whitespace().collect();
        let story = wrap(&story.join(" "), WIDTH - 2, "").join("\n");
        let mut out = format!("{}\n\n{story}\n\nWhat happens\n", self.title);
        out.extend(self.scenario.commands.iter().map(|timed| format!("  {timed}\n")));
        out += &format!("  {}s end\n\nAsked, with each of {} hidden seeds\n", self.scenario.duration_s, self.seeds);
        out.extend(self.goals.iter().map(|goal| lines(&goal.to_string())));
        out += "\nWhat may be changed\n";
        out.extend(self.may.iter().map(|may| lines(&self.how(may))));
        out += &format!("\nLook at it as it is\n{}\nHand in\n{}", call(&self.run_words()), call(&self.hand_in(word)));
        out + "Ends with 0 if every goal holds with every seed, with 1 if not.\n"
    }

    fn how(&self, may: &May) -> String {
        match may {
            May::Home => format!("--home {}; as it is: {}", Home::ALL.map(Home::id).join("|"), self.home.id()),
            May::Commands => "--do 'TIME COMMAND', in addition to what happens".into(),
            May::Field(table) if table.ends_with('.') => {
                let fields: Vec<&str> = fields_of(table.trim_end_matches('.')).collect();
                format!("--set {table}FIELD=…, where FIELD is one of: {}", fields.join(", "))
            }
            May::Field(field) => format!("--set {field}=…"),
        }
    }

    fn hand_in(&self, word: &str) -> Vec<String> {
        let mut words = vec![format!("statelab challenge {}", quoted(word))];
        words.extend(self.may.contains(&May::Home).then(|| "[--home HOME]".to_owned()));
        let set = self.may.iter().any(|may| matches!(may, May::Field(_)));
        words.extend(set.then(|| "[--set PATH=VALUE]…".to_owned()));
        words.extend(self.may.contains(&May::Commands).then(|| "[--do 'TIME COMMAND']…".to_owned()));
        words
    }

    /// The command line that runs the service as it is, with the scenario's own seed.
    #[must_use]
    pub fn run(&self) -> String {
        self.run_words().join(" ")
    }

    /// The same, an option each.
    fn run_words(&self) -> Vec<String> {
        let service = format!("statelab run {} --home {}", self.scenario.name, self.home.id());
        let mut words = vec![service, "--no-commands".into()];
        words.extend(self.set.iter().map(|change| format!("--set {}", quoted(change))));
        words.extend(self.scenario.commands.iter().map(|timed| format!("--do {}", quoted(&timed.to_string()))));
        words.push(format!("--duration {}s", self.scenario.duration_s));
        words
    }
}

/// Words with an indent, in lines.
fn lines(words: &str) -> String {
    wrap(words, WIDTH - 2, "    ").iter().map(|line| format!("  {line}\n")).collect()
}

/// A command line with an indent; where it goes on in the next line, a shell takes it as one.
fn call(options: &[String]) -> String {
    let mut lines = vec![String::from(" ")];
    for option in options {
        match lines.last_mut() {
            // Room is kept for the backslash.
            Some(line) if line.width() + option.width() + 3 <= WIDTH => *line += &format!(" {option}"),
            _ => lines.push(format!("      {option}")),
        }
    }
    lines.join(" \\\n") + "\n"
}
