//! The steps of a lesson file: each does one thing, and has the keys that go with it.

use super::raw::{self, RawMoves, RawStep};
use super::{Reader, all};
use crate::command::Command;
use crate::event::What;
use crate::lesson::expr::Expr;
use crate::lesson::step::{Choice, Kind, Move, Question, Step, Try, Until, World};
use crate::lesson::words::Words;
use crate::scenario::{Home, nearest};
use std::ops::Range;
use toml::Spanned;

impl Reader<'_> {
    pub(super) fn step(&mut self, step: Spanned<RawStep>) -> Option<Step> {
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
            let (seconds, meanwhile) = (self.seconds(&seconds), self.optional(step.meanwhile));
            return Some(Step::Run(seconds?, meanwhile?));
        }
        if let Some(event) = step.until {
            let meanwhile = self.optional(step.meanwhile);
            let until = self.until(&event, step.in_, step.where_, step.within_s);
            return Some(Step::Until(Until { meanwhile: meanwhile?, ..until? }));
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
        if step.try_.is_some() {
            return self.goal(step, span).map(Step::Try);
        }
        let predicts = step.predict.is_some();
        let question = self.question(step, span)?;
        Some(if predicts { Step::Predict(question) } else { Step::Observe(question) })
    }

    fn goal(&mut self, step: RawStep, span: &Range<usize>) -> Option<Try> {
        let text = step.try_?;
        let id = self.id(step.id, span);
        let text = self.words(&text);
        let goal = self.needed(step.goal, span, "goal").and_then(|goal| self.expr(&goal));
        let meanwhile = self.optional(step.meanwhile);
        let hint = self.needed(step.hint, span, "hint").and_then(|hint| self.words(&hint));
        let way = self.needed(step.way, span, "way").and_then(|way| self.moves(way));
        Some(Try { id: id?, text: text?, goal: goal?, meanwhile: meanwhile?, hint: hint?, way: way? })
    }

    fn question(&mut self, step: RawStep, span: &Range<usize>) -> Option<Question> {
        let text = step.predict.or(step.observe)?;
        let id = self.id(step.id, span);
        let text = self.words(&text);
        let recalled = self.optional(step.recalled);
        let kind = match (step.number, step.choices) {
            (Some(number), None) => {
                let (expr, within) = (self.expr(&number), self.within(step.within));
                Some(Kind::Number { expr: expr?, within: within?, unit: step.unit.unwrap_or_default() })
            }
            (None, Some(choices)) if (2..=5).contains(&choices.len()) => {
                let choices = all(choices.into_iter().map(|choice| {
                    let (text, when) = (self.words(&choice.text), self.expr(&choice.when));
                    Some(Choice { text: text?, when: when? })
                }));
                choices.map(|choices| Kind::Choices { choices, several: step.several })
            }
            _ => {
                let hint = Some("give it two to five `choices`, or a `number`".into());
                self.fault(span.clone(), "a question without answers", hint);
                None
            }
        };
        Some(Question { id: id?, text: text?, recalled: recalled?, kind: kind? })
    }

    /// A sentence that may be missing; none if it is faulty.
    fn optional(&mut self, text: Option<Spanned<String>>) -> Option<Option<Words>> {
        text.map_or(Some(None), |text| self.words(&text).map(Some))
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
        self.ids.push((id.get_ref().clone(), id.span()));
        Some(id.into_inner())
    }

    fn within(&mut self, within: Option<Spanned<f64>>) -> Option<f64> {
        let Some(within) = within else { return Some(0.0) };
        if *within.get_ref() >= 0.0 && within.get_ref().is_finite() {
            return Some(*within.get_ref());
        }
        self.fault(within.span(), "`within` must be 0 or more: how far off is still right", None);
        None
    }

    fn until(
        &mut self,
        event: &Spanned<String>,
        world: Option<Spanned<String>>,
        matching: Option<Spanned<String>>,
        within_s: Option<Spanned<f64>>,
    ) -> Option<Until> {
        let known = What::KINDS.contains(&event.get_ref().as_str());
        if !known {
            let near = nearest(event.get_ref(), What::KINDS.iter().copied());
            let hint = near.map_or_else(|| "the event log lists them".into(), |near| format!("did you mean `{near}`?"));
            self.fault(event.span(), format!("`{}` is no kind of event", event.get_ref()), Some(hint));
        }
        let world = world.map_or(Some(World::Shown), |word| self.world(&word));
        // Its names are fields of events, not figures.
        let matching = matching.map_or(Some(None), |text| self.parsed(&text, Expr::parse).map(Some));
        let within_s = within_s.map_or(Some(60.0), |seconds| self.seconds(&seconds));
        let event = event.get_ref().clone();
        let until = Until { event, world: world?, matching: matching?, within_s: within_s?, meanwhile: None };
        known.then_some(until)
    }

    fn world(&mut self, word: &Spanned<String>) -> Option<World> {
        match word.get_ref().as_str() {
            "shown" => Some(World::Shown),
            "stateless" => Some(World::Stateless),
            "stateful" => Some(World::Stateful),
            id => {
                let home = Home::find(id);
                if home.is_none() {
                    let hint = format!("shown, stateless, stateful, or a home: {}", Home::known());
                    self.fault(word.span(), format!("`{id}` is no world"), Some(hint));
                }
                home.map(World::Of)
            }
        }
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

    fn moves(&mut self, moves: RawMoves) -> Option<Vec<Move>> {
        all(moves.into_iter().map(|words| match words.get_ref().parse() {
            Ok(a_move) => Some(a_move),
            Err(why) => {
                self.fault(words.span(), why, None);
                None
            }
        }))
    }
}
