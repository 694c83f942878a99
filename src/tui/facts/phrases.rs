//! What the words of notes are filled with.

use crate::command::{Command, Target};
use crate::scenario::{DrainMode, Population, Scenario};
use crate::scene::{Fault, Scene};
use crate::text::{list, plural};

/// Whom instances still serve while they drain.
pub const fn draining(scenario: &Scenario, scene: &Scene) -> &'static str {
    match scenario.instance.drain_mode {
        DrainMode::Pinned if scene.sockets => "What drains keeps its connections.",
        DrainMode::Pinned if scene.cookies => "Cookies still lead to what drains.",
        DrainMode::Pinned | DrainMode::AtOnce => "What drains only finishes open requests.",
    }
}

/// What a burst does to the traffic.
pub fn more_traffic(scenario: &Scenario, factor: f64) -> String {
    match scenario.workload.population {
        Population::Users(_) => format!("users think {factor} times as fast"),
        Population::SessionsPerSecond(_) => format!("visits begin {factor} times as often"),
    }
}

/// How many of these requests, with a copied token or cookie, were served.
pub fn served(accepted: u64, of: u64) -> String {
    const CARGO: &str = "with a copied token or cookie";
    match (accepted, of) {
        (0, 1) => format!("The request {CARGO} was not accepted."),
        (0, of) => format!("None of {of} requests {CARGO} was accepted."),
        (1, 1) => format!("The request {CARGO} was served."),
        (accepted, of) => {
            format!("{accepted} of {of} requests {CARGO} {} served.", if accepted == 1 { "was" } else { "were" })
        }
    }
}

/// `carts`, or `carts (1 empty)` where something lost had nothing in it.
pub fn lost_nouns(noun: &str, fault: Fault) -> String {
    let empty = match (fault.empty, fault.lost) {
        (0, _) => String::new(),
        (1, 1) => " (empty)".into(),
        (empty, lost) if empty == lost => " (all empty)".into(),
        (empty, _) => format!(" ({empty} empty)"),
    };
    plural(noun, fault.lost) + &empty
}

/// What was done, and by whom: only what the learner did is said to be theirs. None for what disturbs nothing.
pub fn deed(command: Command, yours: bool) -> Option<String> {
    let (verb, object) = match command {
        Command::Kill(target) => ("killed", target.name()),
        Command::Hang(target) => ("hung", target.name()),
        Command::Slow(target, _) => ("slowed", target.name()),
        Command::Restart(target) => ("restarted", target.name()),
        Command::Drain(id) => ("drained", Target::Instance(id).name()),
        Command::Remove => ("removed", "an instance".into()),
        Command::Scale(count) => ("scaled to", format!("{count} {}", plural("instance", count))),
        Command::Deploy => ("deployed", "a new version".into()),
        Command::Partition(id) => ("cut off", Target::Instance(id).name()),
        _ => return None,
    };
    Some(match command {
        _ if yours => format!("You {verb} {object}."),
        Command::Scale(_) => format!("The service was {verb} {object}."),
        _ => format!("{} was {verb}.", capital(&object)),
    })
}

pub fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// `Bob, Eli and Kim have`; of many only the first. Of those without a name how many there are: their numbers read as counts.
pub fn owners(names: &[String]) -> String {
    let have = |count| if count == 1 { "has" } else { "have" };
    if names.iter().any(|name| name.starts_with(|letter: char| letter.is_ascii_digit())) {
        let count = names.len();
        return format!("{count} {} {}", plural("user", count), have(count));
    }
    let mut shown: Vec<String> = names.iter().take(4).map(|name| capital(name)).collect();
    if names.len() > 4 {
        shown[3] = format!("{} more", names.len() - 3);
    }
    match names.len() {
        0 => String::new(),
        count => format!("{} {}", list(&shown), have(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Home;

    #[test]
    fn only_where_pins_last_a_drain_are_they_said_to() {
        let said = |mode: DrainMode, home: Home| {
            let mut scenario = Scenario::load("classroom").unwrap();
            scenario.instance.drain_mode = mode;
            draining(&scenario, &Scene::new(&scenario, home))
        };
        assert!(said(DrainMode::Pinned, Home::Sticky).starts_with("Cookies still lead to"));
        for (mode, home) in [(DrainMode::AtOnce, Home::Sticky), (DrainMode::Pinned, Home::Token)] {
            assert_eq!(said(mode, home), "What drains only finishes open requests.");
        }
        let chat = Scenario::load("chat").unwrap();
        assert!(draining(&chat, &Scene::new(&chat, Home::Token)).starts_with("What drains keeps"));
    }

    #[test]
    fn owners_read_like_a_sentence() {
        let names: Vec<String> = ["bob", "eli", "hal", "kim", "lea"].map(String::from).to_vec();
        assert_eq!(owners(&names[..1]), "Bob has");
        assert_eq!(owners(&names[..4]), "Bob, Eli, Hal and Kim have");
        assert_eq!(owners(&names), "Bob, Eli, Hal and 2 more have");
        let numbers = ["bob", "531", "997"].map(String::from);
        assert_eq!(
            [owners(&numbers[1..2]), owners(&numbers)],
            ["1 user has", "3 users have"],
            "numbers read as counts"
        );
    }
}
