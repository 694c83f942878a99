//! A study in parts, on several machines, and how the parts are joined.

use super::crew::{Answers, Study};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::io::Read;
use std::str::FromStr;

/// A share of a study's tasks: every `of`-th, beginning with the `index`-th. Written `I/N`, I from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// The whole.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Its tasks, of so many. Neighbouring tasks, which take about as long, go to different shards.
    pub fn share(self, tasks: usize) -> impl Iterator<Item = usize> {
        (self.index - 1..tasks).step_by(self.of)
    }

    /// Whether this task is one of them.
    const fn has(self, task: usize) -> bool {
        task % self.of == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((index, of)) if 1 <= index && index <= of => Ok(Self { index, of }),
            Some(_) => Err("I goes from 1 to N".into()),
            None => Err("write it as I/N, such as 1/3".into()),
        }
    }
}

/// What one shard found, as a file.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The study's [`Study::PART`].
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// The study's fingerprint.
    pub fingerprint: String,
    /// Which share this is.
    pub shard: Shard,
    /// Whether it was interrupted; written only if it was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// The study's outline.
    pub outline: Value,
    /// The answers, by task.
    pub answers: Answers,
}

impl Part {
    /// The part file of a shard.
    #[must_use]
    pub fn new<S: Study>(study: &S, shard: Shard, answers: Answers) -> Self {
        let partial = shard.share(study.tasks()).any(|task| !answers.contains_key(&task));
        Self {
            schema: S::PART.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            fingerprint: study.fingerprint(),
            shard,
            partial,
            outline: study.outline(),
            answers,
        }
    }

    /// Reads a part file, whatever study it is of; no further than to its first fault.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(file: impl Read) -> Result<Self, String> {
        let part: Self =
            serde_json::from_reader(file).map_err(|error| format!("is no part of a study: {}", brief(&error)))?;
        if !part.schema.ends_with("-part/1") {
            let schema: String = part.schema.chars().take(100).collect();
            return Err(format!("is no part of a study: its schema is {schema}"));
        }
        if part.shard.index < 1 || part.shard.index > part.shard.of {
            return Err(format!("is no part of a study: there is no shard {}", part.shard));
        }
        if let Some(task) = part.answers.keys().find(|task| !part.shard.has(**task)) {
            return Err(format!("is no part of a study: its shard {} has no task {task}", part.shard));
        }
        Ok(part)
    }
}

/// All parts of one study, put together.
#[derive(Clone, PartialEq, Debug)]
pub struct Joined {
    /// The parts' schema.
    pub schema: String,
    /// The study's outline.
    pub outline: Value,
    /// All answers.
    pub answers: Answers,
}

/// Joins parts, each with the name of its file, in any order.
///
/// # Errors
/// A part of another study, one that was interrupted, one too many, or those that are missing.
pub fn join(parts: Vec<(String, Part)>) -> Result<Joined, String> {
    let mut seen: Vec<Option<String>> = Vec::new();
    let mut joined: Option<(String, Part)> = None;
    for (name, part) in parts {
        if part.partial {
            return Err(format!("{name}: this part was interrupted; run shard {} again", part.shard));
        }
        let (first, whole) = match &mut joined {
            None => {
                if part.shard.of > MOST {
                    return Err(format!("{name}: at most {MOST} shards can be joined"));
                }
                seen.resize(part.shard.of, None);
                seen[part.shard.index - 1] = Some(name.clone());
                joined = Some((name, part));
                continue;
            }
            Some((first, whole)) => (first, whole),
        };
        let alike = [
            (part.schema == whole.schema, "of another kind of study"),
            (part.version == whole.version, "from another version of the program"),
            (part.fingerprint == whole.fingerprint, "of another study (its scenario or its options differ)"),
            (part.shard.of == whole.shard.of, "one of another number of shards"),
        ];
        if let Some((_, difference)) = alike.into_iter().find(|(alike, _)| !alike) {
            return Err(format!("{name} is {difference} than {first}"));
        }
        if let Some(other) = seen[part.shard.index - 1].replace(name.clone()) {
            return Err(format!("{other} and {name} are both shard {}", part.shard));
        }
        whole.answers.extend(part.answers);
    }
    let Some((_, whole)) = joined else { return Err("there is nothing to join".into()) };
    let missing: Vec<String> =
        (1..).zip(&seen).filter(|(_, name)| name.is_none()).map(|(i, _)| i.to_string()).collect();
    if !missing.is_empty() {
        let plural = if missing.len() == 1 { "" } else { "s" };
        return Err(format!("shard{plural} {} of {} missing", missing.join(", "), whole.shard.of));
    }
    Ok(Joined { schema: whole.schema, outline: whole.outline, answers: whole.answers })
}

/// A message of the JSON reader may quote the file, which may be long.
fn brief(error: &serde_json::Error) -> String {
    let (whole, place) = (error.to_string(), format!(" at line {} column {}", error.line(), error.column()));
    let why: String = whole.trim_end_matches(&place).chars().take(200).collect();
    why + &place
}

/// A file may claim anything; a study in more parts than this is a slip.
const MOST: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn part(index: usize, of: usize) -> Part {
        let shard = Shard { index, of };
        Part {
            schema: "statelab.test-part/1".into(),
            version: "0".into(),
            fingerprint: "f".into(),
            shard,
            partial: false,
            outline: Value::Null,
            answers: shard.share(10).map(|task| (task, Value::from(task))).collect(),
        }
    }

    fn joined(parts: &[Part]) -> Result<Joined, String> {
        join((1..).zip(parts).map(|(i, part)| (format!("{i}.json"), part.clone())).collect())
    }

    #[test]
    fn shards_in_any_order_make_the_whole() {
        let all = joined(&[part(3, 3), part(1, 3), part(2, 3)]).unwrap().answers;
        assert_eq!(all, part(1, 1).answers);
        assert_eq!("2/3".parse::<Shard>().unwrap().share(8).collect::<Vec<_>>(), [1, 4, 7]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_name() {
        let why = |parts: &[Part]| joined(parts).unwrap_err();
        assert_eq!(why(&[part(1, 3)]), "shards 2, 3 of 3 missing");
        assert_eq!(why(&[part(2, 3), part(2, 3)]), "1.json and 2.json are both shard 2/3");
        assert_eq!(why(&[part(1, 3), part(2, 2)]), "2.json is one of another number of shards than 1.json");
        let other = Part { fingerprint: "g".into(), ..part(2, 2) };
        assert!(why(&[part(1, 2), other]).starts_with("2.json is of another study"));
        let claim = Shard { index: usize::MAX, of: usize::MAX };
        assert!(why(&[Part { shard: claim, ..part(1, 1) }]).contains("at most 1000000 shards"));
        let interrupted = Part { partial: true, ..part(2, 2) };
        assert!(why(&[part(1, 2), interrupted]).contains("run shard 2/2 again"));
        for text in ["0/3", "4/3", "1", "1/x", "-1/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_reads_back_as_itself() {
        let text = serde_json::to_string(&part(2, 3)).unwrap();
        let read = |text: &str| Part::read(text.as_bytes());
        assert_eq!(read(&text).unwrap(), part(2, 3));
        let foreign = Part { answers: part(3, 3).answers, ..part(2, 3) };
        let why = read(&serde_json::to_string(&foreign).unwrap()).unwrap_err();
        assert!(why.ends_with("its shard 2/3 has no task 2"), "{why}");
        assert!(read("{}").is_err() && read(&text.replace("-part/1", "/1")).is_err());
        let long = read(&format!("{{\"{}\":1}}", "k".repeat(10_000))).unwrap_err();
        assert!(long.contains("unknown field `kkk") && long.contains(" at line 1 column 1000"), "{long}");
        assert!(long.len() < 300);
    }
}
