//! Lesson files: TOML, checked in every respect that does not need a run.
//!
//! ```text
//!   text ─▶ raw tables (every key known, places kept) ─▶ Lesson, or every fault with line, column and a hint
//! ```

mod raw;

use super::about::NoPart;
use super::expr::{Expr, ExprError};
use super::facts;
use super::step::{Case, Choice, Kind, Lesson, Move, Question, Recall, Step, Text, Try, Until, World};
use super::words::Words;
use crate::command::Command;
use crate::event::What;
use crate::scenario::{FILE_LIMIT, Fault, Faults, Home, Scenario, Source, nearest, too_large};
use raw::{RawLesson, RawMoves, RawStep, RawText};
use std::ops::Range;
use toml::Spanned;

/// What a lesson file says it is.
pub const FORMAT: &str = "statelab.lesson/1";

/// The longest text of a step, in characters: two lines of a wide screen.
const LONGEST: usize = 240;
/// The most steps of a lesson.
const MOST_STEPS: usize = 60;

impl Lesson {
    /// Reads a lesson. `name` is what it will be called, `label` what faults call the text (a path).
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line, column and a hint.
    pub fn from_toml(name: &str, label: &str, text: &str) -> Result<Self, Faults> {
        if text.len() > FILE_LIMIT {
            return Err(too_large(label, "a lesson is a page or two of text").into());
        }
        let mut reader = Reader { source: Source::file(label, text), scenario: None };
        reader.source.note_hidden(0);
        let raw: RawLesson = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                reader.fault(error.span().unwrap_or(0..0), error.message().replace('\n', ", "), None);
                return Err(reader.source.finish().expect_err("a fault was noted"));
            }
        };
        let lesson = reader.lesson(name, raw);
        reader.source.finish()?;
        lesson.ok_or_else(|| Fault::of(label, "is no lesson", None).into())
    }
}

struct Reader<'a> {
    source: Source<'a>,
    /// What is run, once that is known.
    scenario: Option<Scenario>,
}

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.source.fault(span, message, hint);
    }

    fn lesson(&mut self, name: &str, raw: RawLesson) -> Option<Lesson> {
        if raw.format.get_ref() != FORMAT {
            self.fault(raw.format.span(), "this is another format", Some(format!("write format = \"{FORMAT}\"")));
        }
        self.scenario = self.scenario(&raw.scene.scenario, &raw.scene.set).map(|scenario| Scenario {
            // What the learner does is all that happens.
            commands: Vec::new(),
            seed: raw.scene.seed.unwrap_or(scenario.seed),
            open_at_s: raw.scene.opens_s.unwrap_or(scenario.open_at_s),
            ..scenario
        });
        let scene = &raw.scene;
        let stateless = self.home(&scene.stateless, Home::Token, |home| !home.stateful());
        let stateful = self.home(&scene.stateful, Home::Sticky, Home::stateful);
        let shown = self.home(&scene.shown, stateful, |home| home == stateful || home == stateless);
        let recall = raw.recall.map(|recall| Recall { lesson: recall.lesson, question: recall.question });
        if raw.step.len() > MOST_STEPS {
            let span = raw.step[MOST_STEPS].span();
            self.fault(span, format!("more than {MOST_STEPS} steps"), Some("make two lessons of it".into()));
        }
        let steps: Vec<Step> = raw.step.into_iter().take(MOST_STEPS).filter_map(|step| self.step(step)).collect();
        self.order(&steps, &raw.title);
        Some(Lesson {
            name: name.to_owned(),
            title: raw.title.into_inner(),
            question: raw.question,
            belief: raw.belief,
            part: raw.part,
            minutes: raw.minutes,
            scenario: self.scenario.clone()?,
            stateless,
            stateful,
            shown,
            recall,
            steps,
        })
    }

    /// Questions need names of their own, and predictions an explanation that settles them.
    fn order(&mut self, steps: &[Step], title: &Spanned<String>) {
        let mut ids: Vec<&str> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Predict(question) | Step::Observe(question) => Some(question.id.as_str()),
                Step::Try(goal) => Some(goal.id.as_str()),
                _ => None,
            })
            .collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            let message = format!("two questions are called `{}`", twice[0]);
            self.fault(title.span(), message, Some("give each `id` once".into()));
        }
        let last_prediction = steps.iter().rposition(|step| matches!(step, Step::Predict(_)));
        let last_explanation = steps.iter().rposition(|step| matches!(step, Step::Explain(_)));
        if last_prediction > last_explanation {
            let hint = Some("let an `explain` step follow it".into());
            self.fault(title.span(), "the last prediction is never settled", hint);
        }
        if steps.is_empty() {
            self.fault(title.span(), "there is no step", Some("write [[step]] and a key such as say = \"…\"".into()));
        }
    }

    /// A shipped scenario with some fields changed.
    fn scenario(&mut self, word: &Spanned<String>, changes: &[Spanned<String>]) -> Option<Scenario> {
        let scenario = self.source.shipped_scenario(word, "lesson")?;
        self.changed(scenario, changes, &word.span())
    }

    fn changed(
        &mut self,
        mut scenario: Scenario,
        changes: &[Spanned<String>],
        span: &Range<usize>,
    ) -> Option<Scenario> {
        let sound = self.source.change(&mut scenario, changes);
        self.source.whole(scenario, sound, span)
    }

    fn home(&mut self, word: &Option<Spanned<String>>, default: Home, fits: impl Fn(Home) -> bool) -> Home {
        let Some(word) = word else { return default };
        match self.source.home(word) {
            Some(home) if fits(home) => home,
            Some(_) => {
                self.fault(word.span(), format!("`{}` has no place here", word.get_ref()), None);
                default
            }
            None => default,
        }
    }

    fn step(&mut self, step: Spanned<RawStep>) -> Option<Step> {
        let span = step.span();
        let step = step.into_inner();
        let kinds = step.kinds();
        let &[kind] = kinds.as_slice() else {
            let hint = format!("give it one of: {}", raw::KINDS.join(", "));
            let found = if kinds.is_empty() {
                "a step that does nothing".to_owned()
            } else {
                format!("a step that is both {}", kinds.join(" and "))
            };
            self.fault(span, found, Some(hint));
            return None;
        };
        for companion in step.companions() {
            let fits = raw::companions(kind);
            if !fits.contains(&companion) {
                let hint = if fits.is_empty() { "leave it out".into() } else { format!("there: {}", fits.join(", ")) };
                self.fault(span.clone(), format!("`{companion}` has no place in a step with `{kind}`"), Some(hint));
            }
        }
        self.step_of(step, &span)
    }

    fn step_of(&mut self, step: RawStep, span: &Range<usize>) -> Option<Step> {
        if let Some(text) = step.say {
            return Some(Step::Say(self.text(text, step.about)?));
        }
        if let Some(text) = step.explain {
            return Some(Step::Explain(self.text(text, step.about)?));
        }
        if let Some(words) = step.do_ {
            return Some(Step::Do(self.command(&words)?));
        }
        if let Some(home) = step.show {
            return Some(Step::Show(self.home(&Some(home), Home::Token, |_| true)));
        }
        if let Some(seconds) = step.run_s {
            return Some(Step::Run(self.seconds(&seconds)?));
        }
        if let Some(event) = step.until {
            return self.until(&event, step.in_, step.where_, step.within_s).map(Step::Until);
        }
        if let Some(changes) = step.again {
            let base = self.scenario.clone()?;
            return Some(Step::Again(Box::new(self.changed(base, &changes, span)?)));
        }
        if let Some(word) = step.compare {
            let scenario = self.scenario(&word, &step.set.unwrap_or_default())?;
            let runs = step.runs.unwrap_or(3);
            if !(2..=30).contains(&runs) {
                self.fault(span.clone(), "`runs` must be between 2 and 30", None);
            }
            return Some(Step::Compare(Box::new(scenario), runs));
        }
        if let Some(text) = step.try_ {
            let id = self.id(step.id, span)?;
            let text = self.words(&text)?;
            let goal = self.needed(step.goal, span, "goal").and_then(|goal| self.expr(&goal))?;
            let hint = self.needed(step.hint, span, "hint").and_then(|hint| self.words(&hint))?;
            let way = self.needed(step.way, span, "way").map(|way| self.moves(way))?;
            return Some(Step::Try(Try { id, text, goal, hint, way }));
        }
        let (text, predict) = match (step.predict, step.observe) {
            (Some(text), _) => (text, true),
            (None, text) => (text?, false),
        };
        let id = self.id(step.id, span)?;
        let text = self.words(&text)?;
        let kind = match (step.number, step.choices) {
            (Some(number), None) => Kind::Number {
                expr: self.expr(&number)?,
                within: step.within.unwrap_or(0.0).max(0.0),
                unit: step.unit.unwrap_or_default(),
            },
            (None, Some(choices)) if (2..=5).contains(&choices.len()) => {
                let read = choices
                    .into_iter()
                    .map(|choice| Some(Choice { text: self.words(&choice.text)?, when: self.expr(&choice.when)? }));
                Kind::Choices { choices: read.collect::<Option<_>>()?, several: step.several }
            }
            _ => {
                let hint = Some("give it two to five `choices`, or a `number`".into());
                self.fault(span.clone(), "a question without answers", hint);
                return None;
            }
        };
        let question = Question { id, text, kind };
        Some(if predict { Step::Predict(question) } else { Step::Observe(question) })
    }

    fn needed<T>(&mut self, value: Option<T>, span: &Range<usize>, key: &str) -> Option<T> {
        if value.is_none() {
            self.fault(span.clone(), format!("`{key}` is missing"), None);
        }
        value
    }

    fn id(&mut self, id: Option<Spanned<String>>, span: &Range<usize>) -> Option<String> {
        let id = self.needed(id, span, "id")?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if id.get_ref().is_empty() || !id.get_ref().chars().all(plain) {
            self.fault(id.span(), "an `id` is small letters, digits and _", None);
            return None;
        }
        Some(id.into_inner())
    }

    fn until(
        &mut self,
        event: &Spanned<String>,
        world: Option<Spanned<String>>,
        matching: Option<Spanned<String>>,
        within_s: Option<Spanned<f64>>,
    ) -> Option<Until> {
        if !What::KINDS.contains(&event.get_ref().as_str()) {
            let near = nearest(event.get_ref(), What::KINDS.iter().copied());
            let hint = near.map_or_else(|| "the event log lists them".into(), |near| format!("did you mean `{near}`?"));
            self.fault(event.span(), format!("`{}` is no kind of event", event.get_ref()), Some(hint));
            return None;
        }
        let world = match world {
            None => World::Shown,
            Some(word) => match word.get_ref().as_str() {
                "shown" => World::Shown,
                "stateless" => World::Stateless,
                "stateful" => World::Stateful,
                id => match Home::find(id) {
                    Some(home) => World::Of(home),
                    None => {
                        let hint = format!("shown, stateless, stateful, or a home: {}", Home::known());
                        self.fault(word.span(), format!("`{id}` is no world"), Some(hint));
                        return None;
                    }
                },
            },
        };
        let matching = match matching {
            // Its names are fields of events, not figures.
            Some(text) => Some(self.parsed(&text, Expr::parse)?),
            None => None,
        };
        let within_s = within_s.map_or(Some(60.0), |seconds| self.seconds(&seconds))?;
        Some(Until { event: event.get_ref().clone(), world, matching, within_s })
    }

    fn seconds(&mut self, seconds: &Spanned<f64>) -> Option<f64> {
        let value = *seconds.get_ref();
        if value > 0.0 && value <= 86_400.0 {
            return Some(value);
        }
        self.fault(seconds.span(), "must be above 0 and at most 86400 s", None);
        None
    }

    fn command(&mut self, words: &Spanned<String>) -> Option<Command> {
        match words.get_ref().parse() {
            Ok(command) => Some(command),
            Err(error) => {
                self.fault(words.span(), format!("{error}"), None);
                None
            }
        }
    }

    fn moves(&mut self, moves: RawMoves) -> Vec<Move> {
        let read = |reader: &mut Self, words: Spanned<String>| match words.get_ref().parse() {
            Ok(a_move) => Some(a_move),
            Err(why) => {
                reader.fault(words.span(), why, None);
                None
            }
        };
        moves.into_iter().filter_map(|words| read(self, words)).collect()
    }

    fn text(&mut self, text: Spanned<RawText>, about: Option<Spanned<String>>) -> Option<Text> {
        let about = match about.map(|words| (words.span(), words.into_inner().parse())) {
            Some((span, Err(error))) => {
                self.fault(span, NoPart::to_string(&error), None);
                return None;
            }
            Some((_, Ok(about))) => Some(about),
            None => None,
        };
        let span = text.span();
        let cases = match text.into_inner() {
            RawText::One(words) => vec![Case { when: None, text: self.words(&Spanned::new(span, words))? }],
            RawText::Cases(cases) => {
                let read = cases.into_iter().map(|case| {
                    let when = match case.when {
                        Some(when) => Some(self.expr(&when)?),
                        None => None,
                    };
                    Some(Case { when, text: self.words(&case.text)? })
                });
                read.collect::<Option<Vec<_>>>()?
            }
        };
        Some(Text { cases, about })
    }

    fn words(&mut self, text: &Spanned<String>) -> Option<Words> {
        let words = self.parsed(text, Words::parse)?;
        let count = words.length();
        if count > LONGEST || count == 0 {
            let hint = Some(format!("at most {LONGEST} characters; make two steps of it"));
            self.fault(text.span(), format!("about {count} characters"), hint);
        }
        // All of them are looked at, so that all faults are told.
        let known: Vec<bool> = words.formulas().map(|formula| self.known(text, formula)).collect();
        known.into_iter().all(|known| known).then_some(words)
    }

    fn expr(&mut self, text: &Spanned<String>) -> Option<Expr> {
        let expr = self.parsed(text, Expr::parse)?;
        self.known(text, &expr).then_some(expr)
    }

    fn parsed<T>(&mut self, text: &Spanned<String>, parse: impl Fn(&str) -> Result<T, ExprError>) -> Option<T> {
        match parse(text.get_ref()) {
            Ok(value) => Some(value),
            Err(error) => {
                // A quote precedes the text; an escape before the place would shift it by a letter.
                let start = text.span().start + 1 + error.span.start;
                self.fault(start..start + error.span.len(), error.message, None);
                None
            }
        }
    }

    /// Whether every figure in it has a root that lessons know; what comes below, only a run can tell.
    fn known(&mut self, text: &Spanned<String>, expr: &Expr) -> bool {
        let mut paths = Vec::new();
        expr.paths(&mut paths);
        for path in paths {
            let root = path.iter().find(|part| !matches!(part.as_str(), "before" | "was")).map_or("", String::as_str);
            if !facts::roots().any(|known| known == root) {
                let hint = match nearest(root, facts::roots()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("a figure begins with one of: {}", facts::roots().collect::<Vec<_>>().join(", ")),
                };
                self.fault(text.span(), format!("no figure begins with `{root}`"), Some(hint));
                return false;
            }
        }
        true
    }
}
