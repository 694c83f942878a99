//! Parsers against nonsense: shipped texts, changed at random places by random words.
//!
//! Whatever comes in, a parser answers soon, does not panic, and says nothing that could act on a terminal. What is
//! accepted is held to what the parser promises of it. Each target takes a second here, and longer with
//! `BOLERO_RANDOM_TEST_TIME_MS=600000 cargo test --test all fuzz`; a failure names the seed that repeats it.
//! `.ci/fuzz TARGET SECONDS` has libFuzzer change the same texts instead, guided by the code that they reach.

use rustix::time::{ClockId, clock_gettime};
use statelab::challenge::{self, Challenge};
use statelab::command::Command;
use statelab::lesson::{self, Facts, Lesson, Progress, Sheet, Words};
use statelab::memory::{self, Memory, Welcome};
use statelab::report::Format;
use statelab::scenario::{Faults, Home, Opened, Saved, Scenario, parse_script, parse_span, parse_timed, shipped};
use statelab::study::compare::{Compare, Options};
use statelab::study::{Part, Shard, Watch, carry_out, compare, join, sweep};
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How long each target is tried, unless the environment says otherwise.
const LASTS: Duration = Duration::from_secs(1);
/// The longest that any text may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Words that have meant trouble somewhere, and some of our own.
#[rustfmt::skip]
const WORDS: [&str; 64] = [
    "0", "1", "-1", "65536", "4294967296", "18446744073709551615", "99999999999999999999", "1e308", "1e999", "-0.0", "nan", "inf",
    "0x7f", "1_0", ".", "..", "=", " = ", "\n", "\r\n", "\t", "#", "\"", "\"\"\"", "'", "\\", "\\u202E", "\\u0000", "[", "]", "[[", "]]", "{", "}",
    ",", ":", "[workload]\n", "[[command]]\n", "at_s = 1\n", "do = \"kill 1\"\n", "users = 3\n", "{ exponential = 5 }",
    "{ lognormal = 5, sigma = 4 }", "{ uniform = [1, 5] }", "none", "true", "null", "kill", "store", "scale 1024", "burst x2 1s", "slow 1 x0.1",
    "ms", "1s", "1year", "\u{1b}", "\u{202E}", "\u{FEFF}", "\u{0}", "é", "日本", "\u{10FFFF}", "×", "a.a",
];

/// Reads decisions from random bytes; when they are used up, all further ones are 0.
struct Dice<'a>(&'a [u8]);

impl Dice<'_> {
    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.byte() << 8 | self.byte()) % n.max(1)
    }

    /// A place between two characters.
    fn place(&mut self, text: &str) -> usize {
        let at = self.below(text.len() + 1);
        (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
    }

    /// Two of them, mostly close to each other.
    fn range(&mut self, text: &str) -> std::ops::Range<usize> {
        let from = self.place(text);
        let to = from + self.byte() / if self.byte() < 200 { 16 } else { 1 };
        from..(to.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
    }
}

/// One of the texts, changed as the bytes say.
fn changed(texts: &[&str], bytes: &[u8]) -> String {
    let mut dice = Dice(bytes);
    let mut text = texts[dice.byte() % texts.len()].to_owned();
    while !dice.0.is_empty() && text.len() < 100_000 {
        match dice.byte() % 8 {
            0 => text.replace_range(dice.range(&text), ""),
            1 | 2 => text.insert_str(dice.place(&text), WORDS[dice.byte() % WORDS.len()]),
            3 => {
                let piece = text[dice.range(&text)].repeat(1 + dice.byte() % 4);
                text.insert_str(dice.place(&text), &piece);
            }
            4 => text.insert_str(dice.place(&text), &WORDS[dice.byte() % WORDS.len()].repeat(dice.byte() * 4)),
            5 => {
                let other = texts[dice.byte() % texts.len()];
                let piece = &other[dice.range(other)];
                text.insert_str(dice.place(&text), piece);
            }
            6 => text.insert(dice.place(&text), char::from(u8::try_from(dice.byte()).unwrap_or(0))),
            // A number or a word becomes another: the structure stays, so that what is behind it is reached.
            _ => {
                let from = dice.place(&text);
                let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
                let start = from + text[from..].find(part).unwrap_or(0);
                let end = start + text[start..].find(|c| !part(c)).unwrap_or(text.len() - start);
                text.replace_range(start..end, WORDS[dice.byte() % WORDS.len()]);
            }
        }
    }
    text
}

/// Tries a target with texts that are like these.
fn attack(texts: &[&str], target: impl Fn(&str) + std::panic::RefUnwindSafe) {
    // An engine that watches what is reached changes a text best by itself: it begins with these, in this folder.
    let seeds = std::env::var_os("FUZZ_SEEDS").map(PathBuf::from);
    for (number, text) in texts.iter().enumerate() {
        seeds.iter().for_each(|folder| fs::write(folder.join(format!("seed-{number}")), text).expect("a seed"));
    }
    let longest = if seeds.is_some() { 1 << 16 } else { 512 };
    bolero::check!().with_test_time(LASTS).with_max_len(longest).for_each(|bytes: &[u8]| {
        let text = if seeds.is_some() { String::from_utf8_lossy(bytes).into() } else { changed(texts, bytes) };
        let begun = worked();
        target(&text);
        let took = worked() - begun;
        assert!(took < PATIENCE, "{took:?} for {text:?}");
    });
}

/// How long this thread has had a processor: a machine with other work to do is not the target's fault.
fn worked() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().expect("a thread that has run for no less than nothing")
}

/// Asserts that a message can be shown.
fn harmless(message: &str) {
    let acts =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert!(!message.contains(acts), "{message:?}");
}

fn told(faults: &Faults) {
    assert!(!faults.0.is_empty() && faults.0.len() <= 101);
    let words = faults.to_string();
    assert!(words.len() < 200_000, "{} bytes", words.len());
    harmless(&words);
}

#[test]
fn scenario() {
    let texts: Vec<&str> = shipped().iter().map(|shipped| shipped.text).collect();
    attack(&texts, |text| match Scenario::from_toml("fuzz", "fuzz.toml", text) {
        Ok(scenario) => {
            assert_eq!(scenario.validate(), Ok(()));
            harmless(&format!("{}{}{}", scenario.title, scenario.about, scenario.noun));
        }
        Err(faults) => told(&faults),
    });
}

#[test]
fn saved() {
    let head = "run = \"statelab.saved/1\"\nhome = \"token\"\nbeside = \"store\"\nseed = 7\nuntil_s = 60.5\nset = [\"workload.users=9\"]\n";
    let command = "\n[[command]]\nat_s = 38.100000001\ndo = \"kill 2\"\n";
    let named = format!("{head}scenario = \"cart\"\nown_commands = false\n{command}");
    let whole =
        format!("{head}name = \"mine\"\n{command}\n[scenario]\nnoun = \"cart\"\n[scenario.workload]\nusers = 5\n");
    attack(&[&named, &whole], |text| match Opened::from_toml("fuzz", "fuzz.toml", text) {
        Ok(opened) => {
            assert_eq!(opened.scenario.validate(), Ok(()));
            if let Some(seen) = opened.seen {
                // What can be read can be saved again (that makes sure that it comes to the same), or it is said that it cannot.
                let run = Saved { origin: opened.origin, seed: opened.scenario.seed, seen };
                match run.to_toml(&opened.scenario, &[]) {
                    Ok(again) => assert!(Opened::from_toml("saved", "saved.toml", &again).is_ok()),
                    Err(why) => harmless(&why),
                }
            }
        }
        Err(faults) => told(&faults),
    });
}

#[test]
fn lessons() {
    let texts: Vec<&str> = lesson::shipped().iter().map(|shipped| shipped.text).collect();
    attack(&texts, |text| match Lesson::from_toml("fuzz", "fuzz.toml", text) {
        Ok(lesson) => {
            assert_eq!(lesson.scenario.validate(), Ok(()));
            harmless(&format!("{}{}{}{}", lesson.title, lesson.question, lesson.belief, lesson.part));
        }
        Err(faults) => told(&faults),
    });
}

#[test]
fn challenges() {
    let texts: Vec<&str> = challenge::shipped().iter().map(|shipped| shipped.text).collect();
    attack(&texts, |text| match Challenge::from_toml("fuzz", "fuzz.toml", text) {
        Ok(challenge) => {
            assert_eq!(challenge.scenario.validate(), Ok(()));
            harmless(&challenge.task("x"));
        }
        Err(faults) => told(&faults),
    });
}

#[test]
fn sheets() {
    let lessons = ["sticky", "logout"].map(|name| Lesson::load(name).expect("it is shipped"));
    let sheets = lessons.each_ref().map(|lesson| {
        let lines = lesson.ids().map(|id| format!("{id} = 2\n{id} = [\"kill 3\", \"wait 5\", \"again seed=1\"]\n"));
        lines.collect::<String>()
    });
    attack(&sheets.each_ref().map(String::as_str), |text| {
        for lesson in &lessons {
            match Sheet::from_toml(lesson, "fuzz.toml", text) {
                Ok(sheet) => assert!(
                    sheet.answers.keys().chain(sheet.ways.keys()).all(|id| lesson.ids().any(|known| id == known))
                ),
                Err(faults) => told(&faults),
            }
        }
    });
}

/// Sentences with formulas in them: whatever can be read can be computed, and said.
#[test]
fn formulas() {
    let texts = [
        "{sticky.a.b-c.1:carts} gone of {before.sticky.alive:%}, {none} and {'a':B}",
        "{min(1, 2.5e3) + -max(shown.alive, 0) * abs(3 - 4) / round(sticky.lost):ms}",
        "{not (stateful.alive >= 12 and sticky.lost != none or 'a' == 'b') : s}",
    ];
    let report = serde_json::json!({ "alive": 12, "lost": 0.5, "a": { "b-c": [1, "x", null, true, -1e300] } });
    let facts = Facts::new(vec![(Home::Sticky, report)], Home::Sticky, Home::Token, Home::Sticky);
    attack(&texts, |text| match Words::parse(text) {
        Ok(words) => drop(words.say(&facts)),
        Err(error) => assert!(text.get(error.span.clone()).is_some(), "{:?} of {text:?}", error.span),
    });
}

/// What is remembered can be read again as it was.
#[test]
fn memories() {
    fn again<M: Memory + PartialEq + std::fmt::Debug>(text: &str) {
        if let Ok(memory) = memory::read::<M>(text) {
            let written = memory::write(&memory).expect("it came from TOML");
            assert_eq!(memory::read(&written), Ok(memory), "{written}");
        }
    }
    let progress = "state = \"statelab.lessons/1\"\n[lessons.sticky]\nfinished = 1\ngoals = [\"safe\"]\n\
        [[lessons.sticky.answers]]\nquestion = \"lost\"\nright = true\nconfidence = 3\n\
        [lessons.sticky.left]\nstep = 3\nseed = 7\n[[lessons.sticky.left.answers]]\nquestion = \"lost\"\ngiven = { Choice = 2 }\n";
    attack(&["state = \"statelab.welcome/1\"\nshown = true\n", progress], |text| {
        again::<Welcome>(text);
        again::<Progress>(text);
    });
}

#[test]
fn set() {
    let texts = [
        "workload.sessions_per_s=3.2",
        "workload.think_ms={ exponential = 5 }",
        "command=[{ at_s = 5, do = \"kill 1\" }]",
        "workload.bursts=[{ at_s = 1, factor = 2, for_s = 3 }]",
        "balancer.policy=two-choices",
        "seed=0x7f",
        "title=Two words",
    ];
    let cart = Scenario::load("cart").expect("it is shipped");
    attack(&texts, |text| {
        let mut scenario = cart.clone();
        match scenario.set(text) {
            // Several keys together may still break a rule.
            Ok(()) => scenario.validate().as_ref().err().into_iter().for_each(told),
            Err(faults) => {
                told(&faults);
                assert_eq!(scenario, cart, "a refused change changes nothing");
            }
        }
    });
}

#[test]
fn commands() {
    let script: String = Command::FORMS.iter().map(|form| format!("1m30s {form} # why\n")).collect();
    attack(&[&script, "38.1s kill 2\n", "10s burst x3 1h"], |text| match parse_script("fuzz.txt", text) {
        Ok(commands) => {
            for timed in commands {
                let words = timed.command.to_string();
                harmless(&words);
                assert_eq!(words.parse(), Ok(timed.command), "{words}");
            }
        }
        Err(faults) => told(&faults),
    });
}

#[test]
fn spans() {
    attack(&["38.1s", "1m30s", "250ms", "2days 3h"], |text| {
        match parse_span(text) {
            Ok(seconds) => assert!((0.0..=30.0 * 86_400.0).contains(&seconds), "{text:?} is {seconds}"),
            Err(why) => harmless(&why),
        }
        parse_timed(text).err().iter().for_each(|why| harmless(why));
    });
}

/// A part of a small study, as it stands in its file.
fn part() -> &'static str {
    static PART: OnceLock<String> = OnceLock::new();
    PART.get_or_init(|| {
        let mut rest = Scenario::load("rest").expect("it is shipped");
        (rest.duration_s, rest.commands) = (5.0, Vec::new());
        let options = Options { homes: vec![Home::Token, Home::Sticky], runs: 1, variant_runs: 0, capacity_runs: 0 };
        let study = Compare::new(&[rest], &options).expect("a sound study");
        let stop = AtomicBool::new(false);
        let watch = Watch::new(&stop, 0, "runs", true);
        let answers = carry_out(&study, Shard::WHOLE, 1, &watch).expect("a thread");
        serde_json::to_string(&Part::new(&study, Shard::WHOLE, answers)).expect("JSON")
    })
}

#[test]
fn parts() {
    attack(&[part()], |text| {
        let Ok(part) = Part::read(text.as_bytes()) else { return };
        let Ok(joined) = join(vec![("fuzz.json".into(), part)]) else { return };
        let Ok(outline) = serde_json::from_value::<compare::Outline>(joined.outline.clone()) else { return };
        if outline.fits(&joined.answers) {
            let report = compare::summarise(&outline, &joined.answers);
            for format in Format::ALL {
                report.render(format).expect("a report in words");
            }
        }
    });
}

#[test]
fn sweeps() {
    let axis = sweep::Axis::Sizes(vec![1, 2]);
    let options = sweep::Options { homes: vec![Home::Token], runs: 1, axis };
    let study = sweep::Sweep::new(&Scenario::load("rest").expect("it is shipped"), options).expect("a sound study");
    let outline = format!(r#""outline":{}"#, serde_json::to_string(study.plan()).expect("JSON"));
    let head = r#""schema":"statelab.sweep-part/1","version":"0","fingerprint":"f","shard":{"index":1,"of":1}"#;
    let sizes = format!(r#"{{{head},{outline},"answers":{{"0":[100.0,101.0,1.0],"1":[190.0,191.0,1.0]}}}}"#);
    let field = sizes.replace(r#"{"sizes":[1,2]}"#, r#"{"field":{"path":"slo_ms","values":["1","2"]}}"#);
    let runs = r#""0":{"token":{"wait_ms.p50":1.0}},"1":{"token":{"wait_ms.p50":2.0}}"#;
    let field = field.replace(r#""0":[100.0,101.0,1.0],"1":[190.0,191.0,1.0]"#, runs);
    for text in [&sizes, &field] {
        let part = Part::read(text.as_bytes()).expect("a part");
        let joined = join(vec![("fuzz.json".into(), part)]).expect("a whole");
        let outline: sweep::Outline = serde_json::from_value(joined.outline).expect("an outline");
        assert!(outline.fits(&joined.answers), "what is attacked is what a sweep writes");
    }
    attack(&[&sizes, &field], |text| {
        let Ok(part) = Part::read(text.as_bytes()) else { return };
        let Ok(joined) = join(vec![("fuzz.json".into(), part)]) else { return };
        let Ok(outline) = serde_json::from_value::<sweep::Outline>(joined.outline) else { return };
        if outline.fits(&joined.answers) {
            let report = sweep::summarise(&outline, &joined.answers);
            for format in Format::ALL {
                report.render(format).expect("a report in words");
            }
        }
    });
}

/// A line after `:` in the dashboard.
#[cfg(feature = "tui")]
#[test]
fn palette() {
    use statelab::glossary;
    use statelab::tui::keymap::Keymap;
    use statelab::tui::palette::{Meaning, Palette};
    let words: Vec<String> = Keymap::shipped().words().map(str::to_owned).collect();
    let lines: Vec<&str> = Command::FORMS.iter().copied().chain(words.iter().map(String::as_str)).collect();
    attack(&lines, |text| {
        let mut palette = Palette::new("", &[1, 2, 30], Some("gus"), true, words.clone());
        text.chars().for_each(|letter| palette.type_letter(letter));
        match palette.commit() {
            Ok(Meaning::Command(command)) => assert_eq!(command.to_string().parse(), Ok(command)),
            Ok(Meaning::Word(word, _)) => assert!(words.contains(&word)),
            Err(why) => harmless(&why),
        }
        palette.choose(text.len() % 2 == 0);
        let proposed = palette.proposals().len();
        assert!(palette.commit().is_ok() || proposed == 0, "{:?}", palette.text);
        assert!(glossary::find(text).is_none_or(|term| glossary::search(text).contains(&term)), "{text:?}");
    });
}

/// `picture --keys`: whatever is pressed, there is a screen, or it is said why there is none.
#[cfg(feature = "tui")]
#[test]
fn keys() {
    use statelab::tui::still::{Shot, take};
    use statelab::tui::{theme, views::View};
    use statelab::units::Nanos;
    let texts = [
        "2 k 1.3s m i Enter w Enter Esc Space . , } u f Enter Esc",
        ": k i l l Space 2 Enter 1s v t Tab / a Enter n n D",
    ];
    let classroom = Scenario::load("classroom").expect("it is shipped");
    attack(&texts, |text| {
        // A time to wait is simulated: more than a few seconds of them would only be slow.
        let quick = |word: &&str| parse_span(word).map_or(true, |seconds| seconds < 2.0);
        let shot = Shot {
            size: (80, 24),
            home: Home::Sticky,
            beside: None,
            at: Some(Nanos::from_secs(38.1)),
            view: View::Stage,
            keys: text.split_whitespace().filter(quick).take(40).map(str::to_owned).collect(),
            palette: theme::Palette::Dark,
            ascii: false,
            study: false,
        };
        match take(classroom.clone(), &shot) {
            Ok(still) => harmless(&still.text()),
            // The command line makes it harmless.
            Err(why) => assert!(!why.is_empty()),
        }
    });
}
