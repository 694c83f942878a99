use super::*;
use crate::scenario::parse_timed;
use crate::tui::driver::LessonOrder;
use crate::tui::lesson::Phase;
use crate::tui::theme::Role;
use crossterm::event::{KeyCode, KeyModifiers};

fn shot(home: Home, keys: &str) -> Shot {
    Shot {
        beside: None,
        size: (120, 40),
        home,
        at: Some(Nanos::from_secs(39.4)),
        view: View::Stage,
        keys: keys.split_whitespace().map(str::to_owned).collect(),
        palette: Palette::Dark,
        ascii: false,
        study: false,
    }
}

fn scenario() -> Scenario {
    let mut scenario = Scenario::load("classroom").unwrap();
    scenario.schedule([parse_timed("38.1s kill 2").unwrap()]);
    scenario
}

#[test]
fn the_same_picture_every_time() {
    let once = take(scenario(), &shot(Home::Sticky, "")).unwrap();
    let again = take(scenario(), &shot(Home::Sticky, "")).unwrap();
    assert_eq!(once.svg(), again.svg());
    assert_eq!(once.title, "statelab: Classroom · Stage, STATEFUL sticky, at 00:39.4");
    assert!(once.text().contains("2 KILLED"), "{}", once.text());
    assert!(once.about.contains("nstance 2 was killed"), "{}", once.about);
}

#[test]
fn keys_lead_where_they_lead_on_a_terminal() {
    let token = take(scenario(), &shot(Home::Token, "")).unwrap();
    assert_eq!(take(scenario(), &shot(Home::Sticky, "m")).unwrap().title, token.title);
    let killed = take(scenario(), &shot(Home::Sticky, "k 1")).unwrap();
    assert!(killed.text().contains("1 KILLED") && killed.about.contains("killed instance 1"), "{}", killed.about);
    let undone = take(scenario(), &shot(Home::Sticky, "k 1 u")).unwrap();
    assert!(undone.text().contains("undone: kill 1") && !undone.text().contains("1 KILLED"), "{}", undone.text());
    let seeds = take(scenario(), &shot(Home::Sticky, "n Enter")).unwrap();
    let next = scenario().seed + 1;
    assert!(seeds.text().contains(&format!("other users: seed {next}")), "{}", seeds.text());
    assert!(take(scenario(), &shot(Home::Sticky, "Space Right")).unwrap().title.ends_with("00:40.4"));
    let waited = take(scenario(), &shot(Home::Sticky, "k 1 1.5s")).unwrap();
    assert!(waited.text().contains("1.5 s ago") && waited.title.ends_with("00:40.9"), "{}", waited.text());
}

#[test]
fn where_nobody_failed_no_wait_is_said_to_have() {
    let mut scenario = Scenario::load("classroom").unwrap();
    scenario.set("workload.think_ms=10000000").unwrap();
    scenario.schedule([parse_timed("1s logout 1").unwrap()]);
    let text = take(scenario, &Shot { view: View::Table, ..shot(Home::Sticky, "") }).unwrap().text();
    let waits = text.lines().find(|line| line.contains("Waiting")).unwrap();
    assert!(!waits.contains("fail"), "nobody but the one that left has asked for anything: {waits}");
}

/// The classroom at 00:21.0 on a screen of 80×24.
fn small(home: Home, keys: &str) -> Still {
    let shot = Shot { size: (80, 24), at: Some(Nanos::from_secs(21.0)), ..shot(home, keys) };
    take(Scenario::load("classroom").unwrap(), &shot).unwrap()
}

/// On the smallest screen what is so takes some of the second row; the key to try stays.
#[test]
fn the_coach_is_heard_to_the_end_of_the_sentence() {
    for (home, at) in [(Home::Sticky, 21.0), (Home::Token, 21.0), (Home::Sticky, 39.4), (Home::Token, 39.4)] {
        let desk = Desk::new(scenario(), &Shot { size: (60, 18), at: Some(Nanos::from_secs(at)), ..shot(home, "") });
        let advice = desk.app().coach.advice().unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 18));
        desk.draw(&Theme::new(Palette::Plain, false), &mut buffer);
        let row = |y| (4..60).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        let rows = format!("{} {}", row(15).trim_end(), row(16).trim_end());
        assert!(rows.starts_with(&advice.say), "{rows}\n{}", advice.say);
        let key = advice.key.map_or("", |key| desk.app().keymap.cap(key));
        assert!(rows[advice.say.len()..].contains(key), "{rows}");
    }
}

#[test]
fn a_way_that_leads_nowhere_changes_nothing() {
    let still = small(Home::Sticky, "> > > 2s )");
    let text = still.text();
    assert!(text.contains("no request failed after this instant") && text.contains("10×"), "{text}");
    assert!(!text.contains('‖'), "{text}");
}

#[test]
fn the_speed_and_the_key_for_help_stay_in_the_header() {
    for size in [(80, 24), (100, 30)] {
        let shot = Shot { size, at: Some(Nanos::from_secs(21.0)), ..shot(Home::Sticky, "> > >") };
        let text = take(Scenario::load("classroom").unwrap(), &shot).unwrap().text();
        let header = text.lines().next().unwrap();
        assert!(header.contains("10×") && header.contains("slow") && header.contains('?'), "{header}");
    }
}

/// The classroom with something changed, on a screen of 80×24.
fn changed(set: &str, home: Home, at: f64, keys: &str) -> Still {
    let mut scenario = Scenario::load("classroom").unwrap();
    scenario.set(set).unwrap();
    take(scenario, &Shot { size: (80, 24), at: Some(Nanos::from_secs(at)), ..shot(home, keys) }).unwrap()
}

const AS_IT_IS: &str = "instance.count=3";

#[test]
fn the_clock_stays_where_it_is() {
    let column = |size, view, keys: &str| {
        let shot = Shot { size, view, at: Some(Nanos::from_secs(21.0)), ..shot(Home::Sticky, keys) };
        let text = take(Scenario::load("classroom").unwrap(), &shot).unwrap().text();
        let header = text.lines().next().unwrap();
        (header.chars().position(|glyph| "►‖".contains(glyph)).unwrap(), header.contains("known to 00:26.0"))
    };
    for (size, view) in [((120, 40), View::Stage), ((80, 24), View::Stage), ((150, 24), View::Charts)] {
        let (usual, known) = column(size, view, "Space");
        assert!(!known, "{size:?} {view:?}");
        // There the bar of time says it.
        let bar = view == View::Stage;
        assert_eq!(column(size, view, "5s Left"), (usual, !bar), "{size:?} {view:?}");
    }
    let [slow, slowest, usual] = ["< < <", "< < < < < <", ""].map(|keys| column((150, 44), View::Stage, keys).0);
    assert_eq!((slow, slowest), (usual, usual));
}

#[test]
fn the_speed_is_told_in_the_past_too_and_whoever_looks_back_is_not_rushed() {
    let header = |keys: &str| small(Home::Sticky, keys).text().lines().next().unwrap().to_owned();
    let back = header("2 k 5s > > > Left");
    assert!(back.contains("10×") && back.contains("slow ×100"), "{back}");
    assert!(small(Home::Sticky, "2 k 5s > > > Left").text().contains("← → 10.0 s   End now"));
    assert!(header("2 k 5s > > > {").contains(" 1×"), "{}", header("2 k 5s > > > {"));
}

#[test]
fn the_coach_says_whom_a_draining_instance_still_serves() {
    let about = changed(AS_IT_IS, Home::Sticky, 39.4, "2 d 0.1s").about;
    assert!(about.contains("You drained instance 2. Cookies still lead to what drains."), "{about}");
}

#[test]
fn a_deployment_is_told_of_until_it_is_done_and_then_summed_up() {
    let about = |keys: &str| changed(AS_IT_IS, Home::Sticky, 38.1, keys).about;
    let during = about("D 65s");
    assert!(during.contains("You deployed") && !during.contains("It is done"), "{during}");
    let after = about("D 110s");
    assert!(after.contains("It is done: ") && after.contains(" carts"), "{after}");
    let hard = changed("instance.drain_s=0", Home::Store, 38.1, "D 3s").about;
    assert!(hard.contains("stops and starts in turn, without a drain"), "{hard}");
}

#[test]
fn where_no_instance_answers_that_is_said_first() {
    for home in Home::ALL {
        let about = changed(AS_IT_IS, home, 38.1, "1 k 0.2s 2 k 0.2s 3 k 15s").about;
        assert!(about.contains("o instance answers"), "{home}: {about}");
    }
}

#[test]
fn a_hang_is_given_its_true_cause() {
    let about = changed(AS_IT_IS, Home::Sticky, 38.1, "2 h 20s").about;
    assert!(about.contains("yet 1 cart is lost") && about.contains("elsewhere"), "{about}");
}

#[test]
fn two_futures_whose_figures_differ_are_not_said_to_be_alike() {
    let text = changed(AS_IT_IS, Home::Sticky, 21.2, "2 k 4s f Down Enter 9s").text();
    assert!(text.contains("No request that has ended in both ended differently so far."), "{text}");
}

#[test]
fn the_future_of_a_saved_run_keeps_what_was_planned() {
    let mut scenario = scenario();
    scenario.schedule([parse_timed("50s kill 3").unwrap()]);
    let shot = Shot { size: (80, 24), at: Some(Nanos::from_secs(26.0)), ..shot(Home::Sticky, "Left Left 1 k") };
    let text = take(scenario, &shot).unwrap().text();
    assert!(text.contains("another future begins here, where “kill 2”, planned for 00:38.1, still comes"), "{text}");
}

#[test]
fn a_burst_is_answered_at_once() {
    let text = small(Home::Sticky, "b").text();
    assert!(text.contains("burst: users think 3 times as fast for 30 s"), "{text}");
}

#[test]
fn a_denylist_is_drawn_name_by_name_where_it_is() {
    let text = |keys: &str| changed("token.denylist=true", Home::Token, 38.1, keys).text();
    assert!(text("1s").contains("names nobody"), "{}", text("1s"));
    let listed = text(": l o g o u t Space g u s Enter 25s");
    assert!(listed.contains("gus logged out"), "{listed}");
}

#[test]
fn words_on_the_smallest_screen_are_whole() {
    let has = |home, keys: &str, word: &str| {
        let text = changed(AS_IT_IS, home, 38.1, keys).text();
        assert!(text.contains(word), "{home} {keys}: {text}");
    };
    has(Home::Store, "2 k 3s", " dead");
    has(Home::Store, "2 h 3s", " hung");
    has(Home::Sticky, "1 d 10s", "1 out");
    has(Home::Sticky, "1 k 0.2s 2 k 0.2s 3 k 40s", "most fail");
    has(Home::ReplicateAll, "2 k 6s", "inside/request");
    has(Home::Sticky, "Tab Tab", "inside the service");
}

#[test]
fn the_coach_offers_to_undo_only_what_undo_takes_back() {
    assert!(small(Home::Store, "0 k 4s").about.contains("press u"));
    let restarted = small(Home::Store, "0 k 4s r 2s").about;
    assert!(restarted.contains("killed the store") && !restarted.contains("press u"), "{restarted}");
}

/// After the other world, what comes next is told: the balancer, the instance that is to be started, what stays.
#[test]
fn the_coach_tells_a_kill_to_its_end() {
    let about = |keys: &str| small(Home::Sticky, keys).about;
    let kill = about("2 k 3s");
    assert!(kill.starts_with("You killed instance 2. Gone: 4 carts that lived only there."), "{kill}");
    assert!(kill.ends_with("press m"), "{kill}");
    let dead = about("2 k 20s");
    assert!(dead.contains("noticed after") && dead.ends_with("press r"), "{dead}");
    let up = about("2 k 9s r 20s");
    assert!(up.contains("All instances are up again; 4 carts gone for good."), "{up}");
}

#[test]
fn the_footer_has_the_keys_that_the_coach_asks_for() {
    let last = |scenario: &str, home: Home, keys: &str| {
        let shot = Shot { size: (80, 24), at: None, ..shot(home, keys) };
        let still = take(Scenario::load(scenario).unwrap(), &shot).unwrap();
        (still.about.clone(), still.text().lines().last().unwrap().to_owned())
    };
    let (about, footer) = last("serverless", Home::Sticky, "");
    assert!(about.ends_with("press >") && footer.contains(" >  faster"), "{about} {footer}");
    assert!(!footer.contains("kill") && !footer.contains("select"), "there is no instance: {footer}");
    let (about, footer) = last("classroom", Home::Store, "");
    assert!(about.contains("Select it with 0") && footer.contains(" 0 1 2 3  select"), "{about} {footer}");
    let (about, footer) = last("queue", Home::Sticky, "");
    assert!(about.contains("one request here") && footer.contains(" +  add one"), "{about} {footer}");
}

#[test]
fn no_heading_of_the_small_figures_touches_another() {
    let heads = ["so far", "sessions lost", "failed", "sent/request", "median time"];
    for width in 60..=110 {
        for home in [Home::Sticky, Home::ReplicateAll] {
            let text = take(scenario(), &Shot { size: (width, 24), ..shot(home, "") }).unwrap().text();
            let line = text.lines().find(|line| line.contains("so far")).unwrap();
            let told: Vec<&str> = line.split("  ").map(str::trim).filter(|head| !head.is_empty()).collect();
            let inside = home.replicated() && width >= 80;
            assert_eq!(told.contains(&"inside/request"), inside, "{width} {home}: {line}");
            assert!(heads.iter().all(|head| told.contains(head)), "{width} {home}: {line}");
        }
    }
}

/// Neither can be read from behind other heads.
#[test]
fn no_word_is_as_faint_as_a_border() {
    let theme = Theme::new(Palette::Dark, false);
    let faint = [Role::Faint, Role::Edge].map(|role| theme.style(role).fg);
    for view in View::ALL {
        let still = take(scenario(), &Shot { view, ..shot(Home::Sticky, "") }).unwrap();
        let words = still.buffer.content.iter().filter(|cell| cell.symbol().chars().all(char::is_alphabetic));
        assert_eq!(words.filter(|cell| faint.contains(&Some(cell.fg))).count(), 0, "{view:?}");
    }
}

#[test]
fn the_coach_asks_for_no_key_that_does_nothing() {
    assert!(small(Home::Sticky, "2").about.ends_with("press k to kill it"));
    assert!(small(Home::Sticky, "2 i").about.ends_with("in its memory. "));
    assert!(small(Home::Sticky, "m i").about.ends_with("kept at the server: m"), "a key of the whole dashboard");
}

/// The keys of a command that is typed, and a wait.
fn typed(words: &str, span: &str) -> String {
    let keys: Vec<String> = words.chars().map(|c| if c == ' ' { "Space".into() } else { c.to_string() }).collect();
    format!(": {} Enter {span}", keys.join(" "))
}

#[test]
fn the_coach_says_what_every_command_means() {
    for (home, words, said) in [
        (Home::Sticky, "logout bob", "told bob to log out"),
        (Home::Token, "logout bob", "nothing that it could forget"),
        (Home::Sticky, "policy hash", "A cookie goes first; hash"),
        (Home::Token, "policy hash", "From now on hash chooses"),
        (Home::Sticky, "redispatch off", "is not sent on to another"),
        (Home::Sticky, "redispatch on", "is sent on to another"),
        (Home::Sticky, "add", "You asked for one more instance."),
        (Home::Sticky, "scale 5", "You asked for 5 instances."),
        (Home::Token, "remove", "You removed an instance."),
        (Home::Sticky, "heal", "Nothing was to be healed"),
    ] {
        let about = small(home, &typed(words, "1s")).about;
        assert!(about.contains(said), "{home} {words}: {about}");
    }
    let accepted = small(Home::Token, &typed("replay bob", "20s")).about;
    assert!(accepted.contains("The request with a copied token or cookie was served."), "{accepted}");
    let refused = format!("{} {}", typed("logout bob", "5s"), typed("replay bob", "15s"));
    let refused = small(Home::Sticky, &refused).about;
    assert!(refused.contains("was not accepted"), "{refused}");
}

#[test]
fn the_journal_keeps_its_mark_on_the_event_that_it_goes_to() {
    let marked = |keys: &str| {
        let text = small(Home::Sticky, keys).text();
        text.lines().find(|line| line.starts_with('▸')).map(|line| line.chars().take(50).collect::<String>())
    };
    let keys = "2 k 6s Tab Tab Tab Up Up Up Up Up";
    assert_eq!(marked(keys).expect("an event is chosen"), marked(&format!("{keys} Enter")).unwrap());
}

#[test]
fn the_newest_request_is_offered_where_there_is_one() {
    assert!(small(Home::Sticky, "2 i").text().contains("newest request"));
    assert!(!small(Home::Sticky, "2 k 5s i").text().contains("newest request"));
}

#[test]
fn a_command_in_the_past_says_which_future_is_given_up() {
    let text = small(Home::Sticky, "5s Left Left Left 1 k").text();
    assert!(text.contains("the one known up to 00:26.0 is given up"), "{text}");
    assert!(!small(Home::Sticky, "5s 1 k").text().contains("given up"));
}

/// The dashboard gives a command a nanosecond after the instant at which it stood: going back there, nothing of it is left.
#[test]
fn a_command_takes_the_place_of_the_one_that_followed() {
    let end = |keys: &str| small(Home::Sticky, keys).text();
    let another = end("2 k 3s Home 3 h");
    assert!(another.contains("HUNG") && !another.contains("KILLED"), "{another}");
    let again = end("2 k 3s Home 2 k");
    assert!(again.contains("2 KILLED") && !again.contains("is down"), "{again}");
    let refused = end("2 k 3s Home : k i l l Space 9 Enter");
    assert!(refused.contains("no instance 9") && !refused.contains("KILLED"), "{refused}");
    assert!(end("2 k 3s Home : k i l l Space 9 Enter 1s").contains("2 KILLED"), "it is still to come");
}

#[test]
fn with_ascii_alone_no_key_looks_like_another() {
    let shot = Shot { size: (80, 24), ascii: true, ..shot(Home::Sticky, "t") };
    assert!(take(scenario(), &shot).unwrap().about.ends_with("press down"));
}

#[test]
fn keys_that_leave_or_do_not_exist_are_turned_down() {
    assert!(take(scenario(), &shot(Home::Sticky, "q")).unwrap_err().contains("leaves"));
    assert!(take(scenario(), &shot(Home::Sticky, "Hyper-k")).unwrap_err().contains("neither a key"));
}

#[test]
fn every_view_of_every_home_can_be_drawn() {
    for (home, view) in Home::ALL.into_iter().flat_map(|home| View::ALL.map(|view| (home, view))) {
        for ascii in [false, true] {
            let still = take(scenario(), &Shot { view, ascii, size: (80, 24), ..shot(home, "") }).unwrap();
            assert!(still.text().contains(home.id()), "{home:?} {view:?}: {}", still.text());
            assert!(!ascii || still.text().is_ascii(), "{}", still.text());
        }
    }
}

/// The screen's words, and under them a letter for each cell whose style is not the plain one.
fn styled(still: &Still) -> String {
    let area = *still.buffer.area();
    let mut legend: Vec<String> = Vec::new();
    let mut marks = String::new();
    for y in area.top()..area.bottom() {
        let row: String = (area.left()..area.right())
            .map(|x| {
                let style = still.buffer[(x, y)].style();
                if style == ratatui::style::Style::reset() || still.buffer[(x, y)].symbol() == " " {
                    return ' ';
                }
                let words = format!("{:?} {:?} {:?}", style.fg, style.bg, style.add_modifier);
                let at = legend.iter().position(|known| *known == words).unwrap_or_else(|| {
                    legend.push(words);
                    legend.len() - 1
                });
                char::from(b'a' + (at % 26) as u8)
            })
            .collect();
        marks.push_str(row.trim_end());
        marks.push('\n');
    }
    let legend: String = legend
        .iter()
        .enumerate()
        .map(|(at, words)| format!("{} {words}\n", char::from(b'a' + (at % 26) as u8)))
        .collect();
    format!("{}\n{marks}\n{legend}", still.text())
}

#[test]
fn whole_screens_are_as_they_were() {
    for (width, height) in [(80, 24), (100, 30), (120, 40), (200, 60)] {
        for home in [Home::Token, Home::Sticky] {
            let shot = Shot { size: (width, height), ..shot(home, "") };
            insta::assert_snapshot!(format!("{width}x{height}-{home}"), take(scenario(), &shot).unwrap().text());
        }
    }
    for home in [Home::Memory, Home::ReplicateAll, Home::ReplicateBackup, Home::Store] {
        insta::assert_snapshot!(format!("120x40-{home}"), take(scenario(), &shot(home, "")).unwrap().text());
    }
}

#[test]
fn the_table_of_all_homes_is_as_it_was() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let shot = Shot { size: (width, height), view: View::Table, ..shot(Home::Sticky, "Down") };
        insta::assert_snapshot!(format!("table-{width}x{height}"), take(scenario(), &shot).unwrap().text());
    }
}

#[test]
fn whole_screens_keep_their_colours() {
    for (name, palette, ascii) in [
        ("dark", Palette::Dark, false),
        ("light", Palette::Light, false),
        ("sixteen", Palette::Sixteen, false),
        ("sixteen-light", Palette::SixteenLight, false),
        ("plain", Palette::Plain, false),
        ("plain-ascii", Palette::Plain, true),
    ] {
        let shot = Shot { palette, ascii, ..shot(Home::Sticky, "") };
        insta::assert_snapshot!(format!("120x40-sticky-{name}"), styled(&take(scenario(), &shot).unwrap()));
    }
}

/// The classroom with things changed and done, on a large screen.
fn large(home: Home, settings: &[&str], commands: &[&str], at: f64, keys: &str) -> Still {
    let mut scenario = Scenario::load("classroom").unwrap();
    settings.iter().for_each(|assignment| scenario.set(assignment).unwrap());
    scenario.schedule(commands.iter().map(|line| parse_timed(line).unwrap()));
    take(scenario, &Shot { size: (150, 44), at: Some(Nanos::from_secs(at)), ..shot(home, keys) }).unwrap()
}

#[test]
fn what_a_thief_is_served_is_no_failure_in_two_futures() {
    let text = large(Home::Sticky, &[], &["22s replay bob", "24s replay ann"], 50.0, "f Enter").text();
    assert!(text.contains("0 requests failed") && text.contains("0 of 30 "), "{text}");
}

#[test]
fn what_ends_a_penalty_is_no_refused_connection() {
    let settings = ["balancer.passive=true", "balancer.check_interval_ms=\"none\""];
    let text = large(Home::Sticky, &settings, &["25s kill 2"], 42.0, "2 i").text();
    assert!(text.contains("usable since 00:38.2 (its penalty is over)"), "{text}");
    assert!(text.contains("the balancer uses instance 2: its penalty is over"), "{text}");
    assert!(text.contains("the balancer no longer uses instance 2: by refused connections"), "{text}");
}

/// The future given up is twice as long, and has fewer requests in the same time.
#[test]
fn every_curve_looks_back_over_the_same_time() {
    let text = large(Home::Sticky, &[], &[], 40.0, "2 k 70s u 1s Tab Tab").text();
    assert!(text.contains(" 13.8 s"), "{text}");
}

#[test]
fn the_coach_says_of_copies_only_what_is_so() {
    let about =
        |home, settings: &[&str], commands: &[&str], at, keys: &str| large(home, settings, commands, at, keys).about;
    let untied = "nothing leads its user back";
    assert!(about(Home::Memory, &[], &[], 5.0, "").contains(untied));
    for settings in [["balancer.policy=hash"], ["balancer.policy=ring"], ["balancer.affinity=cookie"]] {
        let said = about(Home::Memory, &settings, &[], 5.0, "");
        assert!(!said.contains(untied), "{settings:?}: {said}");
        let said = about(Home::Memory, &settings, &[], 90.0, "");
        assert!(!said.contains("Nothing ties users"), "{settings:?}: {said}");
    }
    let hashed = about(Home::Memory, &[], &["3s policy hash"], 5.0, "");
    assert!(!hashed.contains(untied), "{hashed}");
    let mut chat = Scenario::load("chat").unwrap();
    chat.seed += 1;
    let said = take(chat, &Shot { at: Some(Nanos::from_secs(5.0)), ..shot(Home::Memory, "") }).unwrap().about;
    assert!(!said.contains(untied), "a connection does: {said}");

    let backup = "a primary and its backup";
    assert!(about(Home::ReplicateBackup, &[], &[], 21.0, "").contains(backup));
    assert!(!about(Home::ReplicateBackup, &["instance.count=1"], &[], 21.0, "").contains(backup));
    let single = |keys| about(Home::ReplicateBackup, &[], &[], 21.0, keys);
    assert!(single("2 k").contains("Some have only one copy now"), "{}", single("2 k"));
    let copied = single("2 k 5s");
    assert!(copied.contains("for a time 8 carts had one copy only") && copied.ends_with("press u"), "{copied}");
    let expiring = ["session.timeout_s=8"];
    for (home, said) in
        [(Home::Sticky, "is in one of"), (Home::ReplicateAll, "each has a copy"), (Home::Store, "lives in the store")]
    {
        assert!(about(home, &[], &[], 45.0, "").contains(said));
        let told = about(home, &expiring, &[], 45.0, "");
        assert!(!told.contains(said), "{home}: {told}");
    }
    let cramped = about(Home::ReplicateAll, &["instance.memory_mib=0.002"], &[], 45.0, "");
    assert!(!cramped.contains("each has a copy"), "{cramped}");
    let all = "they are all in the store";
    assert!(about(Home::Store, &[], &[], 45.0, "2 k 1s").contains(all));
    assert!(!about(Home::Store, &["store.memory_mib=0.001"], &[], 45.0, "2 k 1s").contains(all));
}

#[test]
fn the_coach_says_what_a_death_took_and_what_came_later() {
    let there = "lived only there";
    let about = |commands: &[&str], at| large(Home::ReplicateAll, &[], commands, at, "").about;
    let outlived = about(&["23s restart 1", "23s partition 3", "23.7s kill 2"], 37.0);
    assert!(!outlived.contains(there) && outlived.contains("Gone by it: 2 carts"), "{outlived}");
    let killed = large(Home::Sticky, &[], &["23s kill 2"], 24.0, "").about;
    assert!(killed.contains(there), "{killed}");

    let replica = ["store.replica=true", "store.failover_ms=8000"];
    let store = |at| large(Home::Store, &replica, &["25s kill store"], at, "").about;
    assert!(store(26.0).contains("every request needs it"), "{}", store(26.0));
    for at in [36.0, 40.0] {
        assert!(store(at).contains("Its replica has taken over"), "{}", store(at));
    }
}

#[test]
fn the_coach_says_the_factor_that_is_in_force() {
    let about = |keys: &str| small(Home::Sticky, keys).about;
    assert!(about("b 5s").contains("users think 3 times as fast for 25 s more"), "{}", about("b 5s"));
    let twice = about("b 5s b 3s");
    assert!(twice.contains("users think 9 times as fast for 22 s more"), "{twice}");
    let second = about("b 5s b 26s");
    assert!(second.contains("users think 3 times as fast for 4 s more"), "{second}");
}

/// What the coach says in the classroom with things changed, after these keys.
fn coached(home: Home, settings: &[&str], at: f64, keys: &str) -> String {
    large(home, settings, &[], at, keys).about
}

/// … and in another scenario as it is.
fn coached_in(scenario: Scenario, home: Home, at: f64, keys: &str) -> String {
    take(scenario, &Shot { at: Some(Nanos::from_secs(at)), ..shot(home, keys) }).unwrap().about
}

#[test]
fn a_copied_credential_is_refused_for_what_can_have_refused_it() {
    let (logout, replay) = (typed("logout bob", "20s"), typed("replay bob", "10s"));
    let listed = ["token.denylist=true"];
    let forgot = coached(Home::Token, &listed, 38.1, &format!("{logout} 0 r 8s {replay}"));
    assert!(forgot.contains("was served") && !forgot.contains("nothing that it could forget"), "{forgot}");
    let refused = coached(Home::Token, &listed, 38.1, &format!("{logout} {replay}"));
    assert!(refused.contains("has expired, or is on a denylist"), "{refused}");
    let elsewhere = coached(Home::Memory, &[], 38.1, &replay);
    assert!(elsewhere.contains("Where it was sent no cart was found for it"), "{elsewhere}");
}

#[test]
fn a_balancer_whose_penalty_is_over_is_not_said_to_know() {
    let settings = ["balancer.passive=true", "balancer.check_interval_ms=\"none\""];
    let about = |keys| coached(Home::Token, &settings, 38.1, keys);
    assert!(about("2 k 15.5s").contains("and the balancer knows"), "{}", about("2 k 15.5s"));
    assert!(!about("2 k 18s").contains("the balancer knows"), "{}", about("2 k 18s"));
}

#[test]
fn the_coach_says_what_fell_back() {
    for (lag, keys) in [("replication.lag_ms=100", "3 k 1s"), ("replication.lag_ms=50", "D 150s")] {
        let said = coached(Home::ReplicateAll, &[lag], 38.1, keys);
        assert!(said.contains("Fell back to an older copy: "), "{lag}: {said}");
    }
}

#[test]
fn what_expired_is_not_put_down_to_a_missing_cookie() {
    let blames = |settings: &[&str]| coached(Home::Memory, settings, 60.0, "").contains("Nothing ties users");
    assert!(blames(&[]) && !blames(&["session.timeout_s=8"]) && !blames(&["instance.count=1", "session.timeout_s=8"]));
}

/// A request goes where its socket is, and a function wherever one is idle: neither asks a cookie.
#[test]
fn the_coach_knows_what_leads_a_request() {
    let about = |name, home, keys: &str| coached_in(Scenario::load(name).unwrap(), home, 20.0, keys);
    for home in [Home::Token, Home::Sticky] {
        let chosen = about("chat", home, &typed("policy random", "1s"));
        assert!(chosen.contains("random chooses the instance of each new connection"), "{home}: {chosen}");
        let added = about("chat", home, "+ 1s");
        assert!(added.contains("connection keeps its user where they were"), "{home}: {added}");
    }
    assert!(about("chat", Home::Sticky, "").contains("a connection leads its user there"));
    assert!(!about("chat", Home::Sticky, &typed("redispatch on", "1s")).contains("is sent on to another"));
    let serverless = |words| about("serverless", Home::Sticky, &typed(words, "1s"));
    for (words, untrue) in
        [("policy random", "random chooses"), ("redispatch off", "is not sent on"), ("heal", "Choose one with")]
    {
        assert!(!serverless(words).contains(untrue), "{}", serverless(words));
    }
}

#[test]
fn what_goes_on_after_a_disturbance_is_not_said_to_be_as_before() {
    let keys = format!("{} {}", typed("slow 1 x8", "20s"), typed("heal", "35s"));
    let said = coached_in(Lesson::load("retries").unwrap().scenario, Home::Token, 60.0, &keys);
    assert!(said.contains("That is over.") && !said.contains("as before"), "{said}");
}

#[test]
fn a_store_that_has_its_disk_does_not_begin_empty() {
    let said = |persistence| coached(Home::Store, &[persistence], 94.9, "0 r 5s");
    let disk = said("store.persistence=\"everysec\"");
    assert!(disk.contains("You restarted the store. Gone by it: 1 cart") && !disk.contains("empty:"), "{disk}");
    assert!(said("store.persistence=\"none\"").contains("It began empty"));
}

#[test]
fn requests_are_said_to_go_only_where_the_balancer_sends_them() {
    let said = |keys| coached(Home::Sticky, &[], 38.1, keys);
    assert!(said("2 s 0.2s").contains("requests still go there"));
    let unseen = said("2 k 20s 2 r 3.2s 2 s 0.2s");
    assert!(!unseen.contains("requests still go there"), "{unseen}");
}

#[test]
fn the_coach_rounds_as_the_table_does() {
    let still = large(Home::Token, &[], &[], 41.0, "");
    assert!(still.text().contains("resends 397 B/request") && still.about.contains("397 B of it"), "{}", still.about);
}

#[test]
fn what_was_not_there_is_not_said_to_be_copied_and_what_is_not_new_not_to_be_empty() {
    let cold = coached(Home::ReplicateAll, &["warm_start=false"], 0.1, "2 k 0.2s");
    assert!(cold.contains("You killed instance 2.") && !cold.contains("copies"), "{cold}");
    let said = |words| coached(Home::Sticky, &[], 38.1, &typed(words, "1s"));
    assert!(said("scale 4").contains("What is new") && !said("scale 3").contains("What is new"), "{}", said("scale 3"));
}

#[test]
fn the_coach_counts_the_carts_that_are_there() {
    let cold = coached(Home::ReplicateAll, &["warm_start=false"], 8.0, "2");
    let part = cold.split("It keeps ").nth(1).and_then(|rest| rest.split(" carts").next()).unwrap_or(&cold);
    let (kept, total) = part.split_once(" of ").expect(&cold);
    assert!(kept == total && total != "12", "{cold}");
}

#[test]
fn the_coach_says_of_one_instance_and_of_one_that_joins_what_is_so() {
    let alone = coached(Home::Memory, &["instance.count=1"], 5.0, "");
    assert!(!alone.contains("nothing leads its user back"), "{alone}");
    let joining = large(Home::ReplicateAll, &[], &["21s add"], 22.5, "").about;
    assert!(joining.contains("is starting") && !joining.contains("memory is empty"), "{joining}");
}

#[test]
fn a_drain_that_has_no_time_is_not_said_to_save_requests() {
    let said = coached(Home::Sticky, &["instance.drain_s=0"], 38.1, "2 d 1s");
    assert!(said.contains("4 carts") && !said.contains("saves requests"), "{said}");
}

/// Even if the engine shows two futures of the run before for another moment.
#[test]
fn a_lesson_begins_in_the_world_that_it_speaks_of() {
    let mut desk = Desk::new(scenario(), &shot(Home::Sticky, ""));
    "f Enter 2s m".split(' ').for_each(|key| desk.press(key).unwrap());
    let futures = desk.app.snapshot.clone().unwrap();
    assert!(futures.fork.is_some());
    let lesson = Arc::new(Lesson::load("balancer").unwrap());
    desk.app.begin_lesson(lesson.clone(), 1);
    desk.app.observe(futures, desk.wall);
    desk.obey(Order::Lesson(LessonOrder::Scene(Arc::new(lesson.scenario.clone()))));
    desk.look();
    assert_eq!((desk.app.ui.shown, desk.app.ui.second), (lesson.shown, false));
}

/// A lesson at the first step that waits for this; questions before it are skipped.
fn lesson(name: &str, waits: impl Fn(&Phase) -> bool) -> Desk {
    let lesson = Lesson::load(name).unwrap();
    let mut desk = Desk::new(lesson.scenario.clone(), &Shot { at: None, ..shot(lesson.stateful, "") });
    desk.begin_lesson(Arc::new(lesson));
    loop {
        match &desk.app.guide.as_ref().unwrap().phase {
            phase if waits(phase) => return desk,
            Phase::Asking => desk.press("s").unwrap(),
            _ => desk.press("Enter").unwrap(),
        }
    }
}

/// Keys that come before the next picture does; what they ask of the engine.
fn at_once(desk: &mut Desk, keys: &str) -> Vec<Order> {
    let mut orders = Vec::new();
    for (code, modifiers) in keys.split(' ').map(|key| parse_key(key).unwrap()) {
        orders.extend(desk.app.key(&KeyEvent::new(code, modifiers), desk.wall).orders);
    }
    orders.iter().for_each(|order| desk.obey(order.clone()));
    desk.look();
    orders
}

#[test]
fn what_is_to_be_predicted_is_not_looked_up() {
    for waits in [Phase::Reading, Phase::Asking] {
        let mut desk = lesson("sticky", |phase| *phase == waits);
        let instant = desk.run.now();
        for keys in ["Left | Right Right Right Right", ", | .", ", | '", "Left Left | Right", "Left Left | End"] {
            keys.split(" | ").for_each(|keys| drop(at_once(&mut desk, keys)));
            assert_eq!(desk.run.newest(), instant, "{waits:?}: {keys}");
            let back = desk.run.now() < instant;
            assert_eq!(back, keys.starts_with(',') || keys.ends_with("| Right"), "{waits:?}: {keys}");
        }
    }
}

#[test]
fn what_a_dead_store_has_on_its_disk_or_in_its_replica_is_somewhere() {
    for (set, place) in [("store.persistence=\"always\"", "the store's disk"), ("store.replica=true", "the replica")] {
        let mut scenario = scenario();
        scenario.set(set).unwrap();
        let still = |keys| take(scenario.clone(), &shot(Home::Store, keys)).unwrap().text();
        let stage = still("0 k 2s");
        assert!(stage.contains("ann  lives on") && !stage.contains(" left "), "{set}: {stage}");
        let sessions = still("0 k 2s Tab");
        assert!(sessions.contains(place) && !sessions.contains("nowhere"), "{set}: {sessions}");
        let visit = still("0 k 2s Tab Enter");
        assert!(
            visit.contains("the cart is in the store's replica") || visit.contains("the cart is on the store's disk"),
            "{set}: {visit}"
        );
    }
}

#[test]
fn why_of_what_has_not_happened_yet_says_so() {
    let mut desk = Desk::new(scenario(), &shot(Home::Sticky, ""));
    ["3s", "Tab", "Tab", "Tab"].into_iter().for_each(|key| desk.press(key).unwrap());
    at_once(&mut desk, "w , ,");
    let mut buffer = Buffer::empty(Rect::new(0, 0, 120, 40));
    desk.draw(&Theme::new(Palette::Plain, false), &mut buffer);
    let said = picture::text(&buffer);
    assert!(said.contains("that event has not happened at this instant"), "{said}");
}

#[test]
fn each_key_that_looks_back_in_a_lesson_counts_and_none_begins_a_step_there() {
    let mut desk = lesson("sticky", |phase| *phase == Phase::Reading);
    let (instant, at) = (desk.run.now(), |desk: &Desk| desk.app.guide.as_ref().unwrap().player.at());
    let second = desk.speed.second();
    at_once(&mut desk, "Left Left Left");
    at_once(&mut desk, "Right Right");
    assert_eq!(desk.run.now(), instant.since(second));
    let step = at(&desk);
    for keys in ["Right", "Left Enter"] {
        at_once(&mut desk, keys);
        assert_eq!((desk.run.now(), at(&desk)), (instant, step), "{keys}");
    }
    at_once(&mut desk, "Enter");
    assert_eq!(at(&desk), step + 1);
}

#[test]
fn what_is_to_be_done_is_done_once() {
    let doing = |phase: &Phase| matches!(phase, Phase::Doing(..));
    for (name, keys) in [("retries", "Enter Enter"), ("balance", "2 k Enter k")] {
        assert_eq!(at_once(&mut lesson(name, doing), keys).len(), 1, "{name}");
    }
    // What the engine refused may be asked for again.
    let mut desk = lesson("retries", doing);
    let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(desk.app.key(&enter, desk.wall).orders.len(), 1);
    desk.say("one moment".into(), true);
    desk.look();
    assert_eq!(at_once(&mut desk, "Enter").len(), 1);
}

#[test]
fn what_a_lesson_forbids_it_forbids_under_the_microscope_and_in_words_too() {
    for keys in ["Ctrl-S", "i Ctrl-S", ": s a v e Enter"] {
        let mut desk = lesson("sticky", |phase| *phase == Phase::Reading);
        keys.split(' ').for_each(|key| desk.press(key).unwrap());
        let said = desk.app.ui.answer.as_ref().map_or("", |answer| answer.text.as_str());
        assert!(said.starts_with("a lesson is not saved"), "{keys}: {said}");
    }
}

/// The line of Sessions that begins so, without the space between its words.
fn row_of(screen: &str, title: &str) -> String {
    let row = screen.lines().find(|line| line.trim_start().starts_with(title));
    row.unwrap_or_else(|| panic!("{title}: {screen}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_was_lost_stays_where_it_was_lost() {
    let still = |home, keys: &str| take(scenario(), &shot(home, keys)).unwrap().text();
    let sessions = still(Home::Sticky, "Tab");
    let row = row_of(&sessions, "instance 2 killed");
    assert!(row.contains("✗bob ✗✗✗ ") && row.ends_with(" 4 lost"), "{row}");
    assert_eq!(row_of(&sessions, "with the clients"), "with the clients · 0");
    assert!(row_of(&sessions, "instance 1").ends_with(" 4") && !sessions.contains("nowhere"), "{sessions}");
    // The other world has the same rows, and everything in another one.
    let other = still(Home::Token, "Tab");
    assert!(row_of(&other, "with the clients").ends_with(" 12"), "{other}");
    assert_eq!(row_of(&other, "instance 2 killed"), "instance 2 killed · 0");
}

#[test]
fn whoever_is_chosen_in_sessions_stays_chosen() {
    let chosen = |keys: &str| {
        let screen = take(scenario(), &shot(Home::Sticky, keys)).unwrap().text();
        let story = screen.lines().find(|line| line.starts_with("── ")).expect("a story").to_owned();
        story.split_whitespace().nth(1).expect("a name").to_owned()
    };
    assert_eq!([chosen("Tab"), chosen("Tab Right"), chosen("Tab Down")], ["ann", "dee", "bob"]);
    assert_eq!(
        [chosen("Tab Down Right m"), chosen("Tab Down Right Up"), chosen("Tab End Down")],
        ["eli", "dee", "lea"]
    );
    // While another one's state goes, and is somewhere else again.
    assert_eq!([chosen("Tab Right Right 30s"), chosen("Tab Right Right 1 k 30s")], ["gus", "gus"]);
}

/// Where the log beside it would cut what is measured, it goes first.
#[test]
fn what_is_measured_is_whole_at_every_width() {
    let rows = |width, home| {
        let shot = Shot { size: (width, 44), ..shot(home, "m") };
        let text = take(scenario(), &shot).unwrap().text();
        let first = text.lines().position(|line| line.contains("Fault tolerance")).unwrap();
        text.lines().skip(first - 1).take(4).map(str::to_owned).collect::<Vec<_>>()
    };
    for home in Home::ALL {
        let (wide, narrow) = (rows(150, home), [100, 112, 118, 119].map(|width| rows(width, home)));
        for (place, row) in wide.iter().enumerate() {
            let measured: String = row.chars().take(115).collect();
            for cell in measured.split("  ").map(|cell| cell.trim_matches([' ', '│'])).filter(|cell| !cell.is_empty())
            {
                for rows in &narrow {
                    assert!(rows[place].contains(cell), "{home}: {cell:?} in {:?}", rows[place]);
                }
            }
        }
    }
}

#[test]
fn a_click_in_the_menu_does_what_the_row_under_it_says() {
    use crate::tui::parts::layers::menu_row;
    use crate::tui::screen::Areas;
    let mut desk = Desk::new(scenario(), &shot(Home::Sticky, ""));
    ["1", "Enter"].into_iter().for_each(|key| desk.press(key).unwrap());
    let screen = Rect::new(0, 0, 120, 40);
    let mut buffer = Buffer::empty(screen);
    desk.draw(&Theme::new(Palette::Plain, false), &mut buffer);
    let drawn = picture::text(&buffer);
    let (y, line) = drawn.lines().enumerate().find(|(_, line)| line.contains("restart")).expect("a menu");
    let x = line[..line.find("restart").unwrap()].chars().count();
    let view = Areas::with_story(&desk.app, screen).view;
    assert_eq!(menu_row(view, (0, y as u16).into()), None, "beside the menu");
    let row = menu_row(view, (x as u16, y as u16).into()).expect("a row of the menu");
    let orders = desk.app.click_menu(row, desk.wall).orders;
    let said = format!("{orders:?}");
    assert!(orders.len() == 1 && said.contains("Restart") && said.contains("Instance(1)"), "{said}");
    assert_eq!(desk.app.ui.layer, crate::tui::state::Layer::None);
}

/// Whoever closes the terminal in the middle of a lesson has left it, and once.
#[test]
fn what_is_answered_is_noted_at_once() {
    let mut desk = lesson("sticky", |phase| *phase == Phase::Asking);
    let answers = |desk: &Desk| {
        let learnt = desk.app.school.learnt();
        let left = learnt.lessons.get("sticky").and_then(|record| record.left.as_ref());
        left.map_or(0, |left| left.answers.len())
    };
    assert_eq!(answers(&desk), 0);
    ["1", "1", "Enter", "Enter"].into_iter().for_each(|key| desk.press(key).unwrap());
    assert_eq!(answers(&desk), 1);
    let (noted, left) = (desk.app.school.learnt(), desk.leave_lesson());
    assert_eq!(noted, left, "what is noted in the middle is what is noted at the end");
}

#[test]
fn the_coach_says_what_a_denylist_costs_once_its_store_is_dead() {
    let about = coached(Home::Token, &["token.denylist=true"], 21.2, "0 k 8s");
    assert!(about.contains("You killed the store. ") && about.contains(" failed: each asks its denylist."), "{about}");
    let hung = coached(Home::Token, &["token.denylist=true"], 21.2, "0 h 2s");
    assert!(hung.contains("You hung the store. Every instance that asks it waits"), "{hung}");
    let alone = coached(Home::Token, &[], 21.2, "0 k 2s");
    assert!(!alone.contains("denylist"), "{alone}");
}
