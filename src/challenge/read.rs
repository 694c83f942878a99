//! Challenge files: TOML, checked in every respect that does not need a run.

use super::{Bound, Challenge, Design, Goal, May, figures};
use crate::kind::{CHALLENGE, Kind};
use crate::lesson::expr::Expr;
use crate::scenario::{
    Fault, Faults, Home, Scenario, Source, TimedCommand, field_paths, nearest, parse_timed, printable,
};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// The longest story, in characters.
const LONGEST_STORY: usize = 400;
/// The longest title, and the longest words of a goal.
const LONGEST_LINE: usize = 72;
/// How many seeds may judge.
const SEEDS: std::ops::RangeInclusive<usize> = 2..=30;
/// What is never to be changed: it would be another experiment.
const FIXED: [&str; 6] = ["title", "about", "noun", "seed", "duration_s", "command"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChallenge {
    format: Spanned<String>,
    title: Spanned<String>,
    story: Spanned<String>,
    scenario: Spanned<String>,
    home: Option<Spanned<String>>,
    #[serde(default)]
    set: Vec<Spanned<String>>,
    #[serde(default)]
    commands: Vec<Spanned<String>>,
    duration_s: Option<Spanned<f64>>,
    may: Spanned<Vec<Spanned<String>>>,
    seeds: Spanned<usize>,
    since_s: Option<Spanned<f64>>,
    #[serde(default)]
    goal: Vec<Spanned<RawGoal>>,
    #[serde(default)]
    passes: Vec<Spanned<RawDesign>>,
    #[serde(default)]
    fails: Vec<Spanned<RawDesign>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGoal {
    text: Spanned<String>,
    figure: Spanned<String>,
    at_most: Option<f64>,
    at_least: Option<f64>,
    unit: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDesign {
    home: Option<Spanned<String>>,
    #[serde(default)]
    set: Vec<Spanned<String>>,
    #[serde(default, rename = "do")]
    commands: Vec<Spanned<String>>,
}

impl Challenge {
    /// Reads a challenge. `name` is what it will be called, `label` what faults call the text (a path).
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line, column and a hint.
    pub fn from_toml(name: &str, label: &str, text: &str) -> Result<Self, Faults> {
        Kind::Challenge.demand(label, text)?;
        let (source, raw) = Source::read(label, text)?;
        let mut reader = Reader(source);
        let challenge = reader.challenge(name, raw);
        reader.0.finish()?;
        challenge.ok_or_else(|| Fault::of(label, "is no challenge", None).into())
    }
}

struct Reader<'a>(Source<'a>);

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.0.fault(span, message, Some(hint.into()));
    }

    fn challenge(&mut self, name: &str, raw: RawChallenge) -> Option<Challenge> {
        if raw.format.get_ref() != CHALLENGE {
            self.fault(raw.format.span(), "this is another format", format!("write format = \"{CHALLENGE}\""));
        }
        self.length(&raw.title, LONGEST_LINE);
        self.length(&raw.story, LONGEST_STORY);
        let scenario = self.scenario(&raw);
        let home = raw.home.as_ref().and_then(|word| self.0.home(word)).unwrap_or(Home::Sticky);
        let may = self.may(&raw.may);
        if !SEEDS.contains(raw.seeds.get_ref()) {
            let message = format!("`seeds` is {}", raw.seeds.get_ref());
            self.fault(raw.seeds.span(), message, format!("{} to {} judge a design", SEEDS.start(), SEEDS.end()));
        }
        if let (Some(since_s), Some(scenario)) = (&raw.since_s, &scenario) {
            let inside = *since_s.get_ref() > 0.0 && *since_s.get_ref() < scenario.duration_s;
            if !inside {
                self.fault(since_s.span(), "not within the run", format!("between 0 and {}", scenario.duration_s));
            }
        }
        if raw.goal.is_empty() {
            self.fault(
                raw.title.span(),
                "there is no goal",
                "write [[goal]], with text, figure, and at_most or at_least",
            );
        }
        let early = raw.since_s.is_some();
        let goals: Vec<Goal> = raw.goal.into_iter().filter_map(|goal| self.goal(goal, early)).collect();
        let mut challenge = Challenge {
            name: printable(name),
            title: raw.title.into_inner(),
            story: raw.story.into_inner(),
            scenario: scenario?,
            home,
            set: raw.set.into_iter().map(Spanned::into_inner).collect(),
            may,
            seeds: raw.seeds.into_inner(),
            since_s: raw.since_s.map(Spanned::into_inner),
            goals,
            passes: Vec::new(),
            fails: Vec::new(),
        };
        challenge.passes = self.designs(raw.passes, &challenge);
        challenge.fails = self.designs(raw.fails, &challenge);
        Some(challenge)
    }

    fn length(&mut self, text: &Spanned<String>, most: usize) {
        let count = text.get_ref().chars().count();
        if count == 0 || count > most {
            self.fault(text.span(), format!("this has {count} characters"), format!("it needs 1 to {most}"));
        }
    }

    /// A shipped scenario as it is changed here; what the file says is all that happens.
    fn scenario(&mut self, raw: &RawChallenge) -> Option<Scenario> {
        let mut scenario = self.0.shipped_scenario(&raw.scenario, "challenge")?;
        scenario.commands.clear();
        let mut sound = self.0.put(&mut scenario, "duration_s", raw.duration_s.as_ref());
        sound &= self.0.change(&mut scenario, &raw.set);
        let commands = self.commands(&raw.commands);
        sound &= commands.len() == raw.commands.len();
        for (command, words) in commands.iter().zip(&raw.commands) {
            if command.at_s > scenario.duration_s {
                self.fault(words.span(), "after the end", format!("the run ends at {} s", scenario.duration_s));
            }
        }
        scenario.schedule(commands);
        self.0.whole(scenario, sound, &raw.scenario.span())
    }

    fn commands(&mut self, words: &[Spanned<String>]) -> Vec<TimedCommand> {
        let mut commands = Vec::new();
        for words in words {
            match parse_timed(words.get_ref()) {
                Ok(command) => commands.push(command),
                Err(why) => self.fault(words.span(), why, "as in '38.1s kill 2'"),
            }
        }
        commands
    }

    fn may(&mut self, may: &Spanned<Vec<Spanned<String>>>) -> Vec<May> {
        if may.get_ref().is_empty() {
            self.fault(
                may.span(),
                "nothing may be changed",
                "home, commands, fields such as instance.count, or instance.",
            );
        }
        let read = may.get_ref().iter().filter_map(|word| match word.get_ref().as_str() {
            "home" => Some(May::Home),
            "commands" => Some(May::Commands),
            fixed if FIXED.contains(&fixed) => {
                self.fault(word.span(), format!("`{fixed}` is never to be changed"), "leave it out");
                None
            }
            other => {
                let field = May::Field(other.into());
                if field_paths().any(|path| field.covers(&path)) {
                    return Some(field);
                }
                let paths: Vec<String> = field_paths().collect();
                let near = nearest(other, paths.iter().map(String::as_str).chain(["home", "commands"]));
                let hint = near.map_or_else(
                    || "home, commands, a field such as instance.count, or a table such as instance.".into(),
                    |near| format!("did you mean `{near}`?"),
                );
                self.fault(word.span(), format!("there is no field `{other}`"), hint);
                None
            }
        });
        read.collect()
    }

    fn goal(&mut self, goal: Spanned<RawGoal>, early: bool) -> Option<Goal> {
        let span = goal.span();
        let RawGoal { text, figure, at_most, at_least, unit } = goal.into_inner();
        self.length(&text, LONGEST_LINE);
        let bound = match (at_most, at_least) {
            (Some(most), None) => Bound::AtMost(most),
            (None, Some(least)) => Bound::AtLeast(least),
            _ => {
                self.fault(span, "a goal needs one bound", "give it either at_most or at_least");
                return None;
            }
        };
        if let Some(unit) = unit.as_ref().filter(|unit| !matches!(unit.get_ref().as_str(), "%" | "ms" | "s" | "B")) {
            self.fault(unit.span(), format!("`{}` is no unit", unit.get_ref()), "%, ms, s or B; or leave it out");
        }
        let figure = self.figure(&figure, early)?;
        let unit = unit.map_or_else(String::new, Spanned::into_inner);
        Some(Goal { text: text.into_inner(), figure, bound, unit })
    }

    /// A formula whose figures have a root that challenges know; what comes below, only a run can tell.
    fn figure(&mut self, text: &Spanned<String>, early: bool) -> Option<Expr> {
        let expr = match Expr::parse(text.get_ref()) {
            Ok(expr) => expr,
            Err(error) => {
                // A quote precedes the text.
                let start = text.span().start + 1 + error.span.start;
                let hint = "a formula over figures, as in run.sessions.lost / run.sessions.created";
                self.fault(start..start + error.span.len(), error.message, hint);
                return None;
            }
        };
        let mut paths = Vec::new();
        expr.paths(&mut paths);
        for root in paths.iter().filter_map(|path| path.first()) {
            if !figures::roots(early).any(|known| known == root) {
                let known = figures::roots(early).collect::<Vec<_>>().join(", ");
                let hint = match root.as_str() {
                    "early" => "it is the instant `since_s`: give that, too".into(),
                    _ => format!("a figure begins with one of: {known}"),
                };
                self.fault(text.span(), format!("no figure begins with `{root}`"), hint);
                return None;
            }
        }
        Some(expr)
    }

    fn designs(&mut self, designs: Vec<Spanned<RawDesign>>, challenge: &Challenge) -> Vec<Design> {
        let mut read = Vec::new();
        for raw in designs {
            let span = raw.span();
            let RawDesign { home, set, commands } = raw.into_inner();
            let design = Design {
                home: home.as_ref().and_then(|word| self.0.home(word)),
                set: set.into_iter().map(Spanned::into_inner).collect(),
                commands: self.commands(&commands),
            };
            if let Err(faults) = challenge.allow(&design) {
                self.0.adopt(&span, &faults);
            }
            read.push(design);
        }
        read
    }
}
