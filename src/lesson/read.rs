//! Lesson files: TOML, checked in every respect that does not need a run.
//!
//! ```text
//!   text ─▶ raw tables (every key known, places kept) ─▶ Lesson, or every fault with line, column and a hint
//!                                                         └ steps: what each does
//! ```

mod raw;
mod steps;

use super::about::NoPart;
use super::expr::{Expr, ExprError};
use super::facts;
use super::step::{Case, Lesson, Origin, Recall, Step, Text};
use super::words::Words;
use crate::kind::{Kind, LESSON};
use crate::scenario::{Fault, Faults, Home, Scenario, Source, nearest, printable};
use raw::{RawLesson, RawScene, RawText};
use std::ops::Range;
use toml::Spanned;

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
        Kind::Lesson.demand(label, text)?;
        let (source, raw) = Source::read(label, text)?;
        let mut reader = Reader { source, scenario: None, ids: Vec::new() };
        let lesson = reader.lesson(name, raw);
        reader.source.finish()?;
        lesson.ok_or_else(|| Fault::of(label, "is no lesson", None).into())
    }
}

struct Reader<'a> {
    source: Source<'a>,
    /// What is run, once that is known.
    scenario: Option<Scenario>,
    /// The names of questions and goals so far, and where they stand.
    ids: Vec<(String, Range<usize>)>,
}

impl Reader<'_> {
    fn fault(&mut self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.source.fault(span, message, hint);
    }

    fn lesson(&mut self, name: &str, raw: RawLesson) -> Option<Lesson> {
        if raw.format.get_ref() != LESSON {
            self.fault(raw.format.span(), "this is another format", Some(format!("write format = \"{LESSON}\"")));
        }
        self.scenario = self.scene(&raw.scene);
        let scene = &raw.scene;
        let stateless = self.home(&scene.stateless, Home::Token, |home| !home.stateful());
        let stateful = self.home(&scene.stateful, Home::Sticky, Home::stateful);
        let shown = self.home(&scene.shown, stateful, |home| home == stateful || home == stateless);
        let recall = raw.recall.map(|recall| Recall { lesson: recall.lesson, question: recall.question });
        if raw.step.len() > MOST_STEPS {
            let span = raw.step[MOST_STEPS].span();
            self.fault(span, format!("more than {MOST_STEPS} steps"), Some("make two lessons of it".into()));
        }
        if raw.step.is_empty() {
            let hint = Some("write [[step]] and a key such as say = \"…\"".into());
            self.fault(raw.title.span(), "there is no step", hint);
        }
        let written = raw.step.len().min(MOST_STEPS);
        let read = raw.step.into_iter().take(MOST_STEPS).filter_map(|step| {
            let origin = Origin { span: step.span(), does: step.get_ref().does() };
            Some((self.step(step)?, origin))
        });
        let (steps, origins): (Vec<Step>, Vec<Origin>) = read.unzip();
        self.names();
        // A faulty step may be the one that settles it.
        if steps.len() == written {
            self.settled(&steps, &origins);
        }
        Some(Lesson {
            name: printable(name),
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
            origins,
        })
    }

    /// Questions and goals need names of their own.
    fn names(&mut self) {
        let ids = std::mem::take(&mut self.ids);
        for (at, (id, span)) in ids.iter().enumerate() {
            if ids[..at].iter().any(|(earlier, _)| earlier == id) {
                self.fault(
                    span.clone(),
                    format!("two questions are called `{id}`"),
                    Some("give each `id` once".into()),
                );
            }
        }
    }

    /// Predictions need an explanation that settles them.
    fn settled(&mut self, steps: &[Step], origins: &[Origin]) {
        let last_prediction = steps.iter().rposition(|step| matches!(step, Step::Predict(_)));
        let last_explanation = steps.iter().rposition(|step| matches!(step, Step::Explain(_)));
        if let Some(open) = last_prediction.filter(|open| Some(*open) > last_explanation) {
            let hint = Some("let an `explain` step follow it".into());
            self.fault(origins[open].span.clone(), "this prediction is never settled", hint);
        }
    }

    /// What the lesson runs.
    fn scene(&mut self, scene: &RawScene) -> Option<Scenario> {
        let mut scenario = self.scenario(&scene.scenario, &scene.set)?;
        // What the learner does is all that happens.
        scenario.commands.clear();
        scenario.seed = scene.seed.unwrap_or(scenario.seed);
        let sound = self.source.put(&mut scenario, "open_at_s", scene.opens_s.as_ref());
        sound.then_some(scenario)
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

    fn text(&mut self, text: Spanned<RawText>, about: Option<Spanned<String>>) -> Option<Text> {
        let about = match about.map(|words| (words.span(), words.into_inner().parse())) {
            Some((span, Err(error))) => {
                self.fault(span, NoPart::to_string(&error), None);
                None
            }
            Some((_, Ok(about))) => Some(Some(about)),
            None => Some(None),
        };
        let span = text.span();
        let cases = match text.into_inner() {
            RawText::One(words) => self.words(&Spanned::new(span, words)).map(|text| vec![Case { when: None, text }]),
            RawText::Cases(cases) => all(cases.into_iter().map(|case| {
                let when = case.when.map_or(Some(None), |when| self.expr(&when).map(Some));
                let text = self.words(&case.text);
                Some(Case { when: when?, text: text? })
            })),
        };
        Some(Text { cases: cases?, about: about? })
    }

    fn words(&mut self, text: &Spanned<String>) -> Option<Words> {
        let words = self.parsed(text, Words::parse)?;
        match words.length() {
            0 => self.fault(text.span(), "there is nothing to read", Some("write a sentence".into())),
            count if count > LONGEST => {
                let hint = Some(format!("at most {LONGEST} characters; make two steps of it"));
                self.fault(text.span(), format!("about {count} characters"), hint);
            }
            _ => {}
        }
        all(words.formulas().map(|formula| self.known(text, formula).then_some(())))?;
        Some(words)
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

/// All of them, if none is faulty. Each is read before that is asked, so that every fault is told.
fn all<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    read.collect::<Vec<_>>().into_iter().collect()
}
