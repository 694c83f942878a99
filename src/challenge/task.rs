//! What a challenge asks, for whoever takes it.

use super::{Challenge, May};
use crate::scenario::{Home, fields_of, printable};
use crate::text::{quoted, wrap};

/// Lines are at most so long, in characters.
const WIDTH: usize = 78;

impl Challenge {
    /// What has happened, what is asked, what may be changed, and how to hand it in. `word` is what led to the challenge on the
    /// command line: its name, or its file.
    #[must_use]
    pub fn task(&self, word: &str) -> String {
        let story: Vec<&str> = self.story.split_whitespace().collect();
        let story = wrap(&story.join(" "), WIDTH, "").join("\n");
        let mut out = format!("{}\n\n{story}\n\nWhat happens\n", self.title);
        out.extend(self.scenario.commands.iter().map(|timed| format!("  {timed}\n")));
        out += &format!("  {}s end\n\nAsked, with each of {} hidden seeds\n", self.scenario.duration_s, self.seeds);
        out.extend(self.goals.iter().map(|goal| format!("  {goal}\n")));
        out += "\nWhat may be changed\n";
        out.extend(self.may.iter().map(|may| format!("  {}\n", self.how(may))));
        out += &format!("\nLook at it as it is\n  {}\n\nHand in\n  {}\n", self.run(), self.hand_in(word));
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

    fn hand_in(&self, word: &str) -> String {
        let home = if self.may.contains(&May::Home) { " [--home HOME]" } else { "" };
        let set = if self.may.iter().any(|may| matches!(may, May::Field(_))) { " [--set PATH=VALUE]…" } else { "" };
        let commands = if self.may.contains(&May::Commands) { " [--do 'TIME COMMAND']…" } else { "" };
        format!("statelab challenge {}{home}{set}{commands}", quoted(&printable(word)))
    }

    /// The command line that runs the service as it is, with the scenario's own seed.
    #[must_use]
    pub fn run(&self) -> String {
        let mut words = format!("statelab run {} --home {} --no-commands", self.scenario.name, self.home.id());
        words.extend(self.set.iter().map(|change| format!(" --set {}", quoted(change))));
        words.extend(self.scenario.commands.iter().map(|timed| format!(" --do {}", quoted(&timed.to_string()))));
        words + &format!(" --duration {}s", self.scenario.duration_s)
    }
}
