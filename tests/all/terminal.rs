//! The real program in a pseudo-terminal: whatever ends it, the terminal is given back.
#![expect(clippy::disallowed_methods, reason = "a test of a terminal waits in wall time")]

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use statelab::tui::guard::Guard;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine.
const SOON: Duration = Duration::from_secs(20);

const READS: u8 = 0;
const HOLDS: u8 = 1;
const LEAVES: u8 = 2;

/// A program on a terminal of its own, and what it has written.
pub(crate) struct Stage {
    pub(crate) child: Box<dyn portable_pty::Child + Send + Sync>,
    pub(crate) master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    pub(crate) written: Arc<Mutex<Vec<u8>>>,
    /// What the terminal does with output.
    manner: Arc<AtomicU8>,
    /// Reads what is written, until nobody can write any more.
    reader: thread::JoinHandle<()>,
    tty: std::path::PathBuf,
    settings: String,
}

impl Stage {
    fn run(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run_in(&std::env::current_dir().unwrap(), program, arguments, variables)
    }

    pub(crate) fn run_in(folder: &Path, program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows: 40, cols: 120, ..PtySize::default() }).unwrap();
        let tty = pair.master.tty_name().unwrap();
        let settings = stty(&tty);
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder);
        // What people have done on this machine is none of a test's business.
        command.env("XDG_STATE_HOME", "/dev/null");
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let written = Arc::new(Mutex::new(Vec::new()));
        let manner = Arc::new(AtomicU8::new(READS));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (ink, asked) = (written.clone(), manner.clone());
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                while asked.load(Ordering::SeqCst) == HOLDS {
                    thread::sleep(Duration::from_millis(5));
                }
                if asked.load(Ordering::SeqCst) == LEAVES {
                    return;
                }
                match reader.read(&mut buffer) {
                    Ok(count) if count > 0 => ink.lock().unwrap().extend_from_slice(&buffer[..count]),
                    _ => return,
                }
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        Self { child, master: Some(pair.master), keys, written, manner, reader, tty, settings }
    }

    fn dashboard() -> Self {
        let mut stage = Self::run(env!("CARGO_BIN_EXE_statelab"), &[], &[]);
        stage.wait_for("BALANCER");
        assert_ne!(stty(&stage.tty), stage.settings, "the terminal is raw");
        let screen = stage.screen();
        assert!(
            screen.screen().alternate_screen() && screen.screen().hide_cursor() && screen.screen().bracketed_paste()
        );
        stage
    }

    pub(crate) fn screen(&self) -> vt100::Parser {
        let mut parser = vt100::Parser::new(40, 120, 0);
        parser.process(&self.written.lock().unwrap());
        parser
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.as_mut().unwrap().write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
    }

    /// The state of the process as the kernel has it: `T` is stopped.
    fn state(&self) -> char {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.process_id().unwrap())).unwrap();
        stat.rsplit(") ").next().unwrap().chars().next().unwrap()
    }

    pub(crate) fn until(&mut self, what: &str, mut reached: impl FnMut(&mut Self) -> bool) {
        let start = Instant::now();
        while !reached(self) {
            assert!(start.elapsed() < SOON, "never: {what}\n{}", self.screen().screen().contents());
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn wait_for(&mut self, words: &str) {
        self.until(words, |stage| stage.screen().screen().contents().contains(words));
    }

    /// Waits for the end; the exit code.
    pub(crate) fn end(&mut self) -> u32 {
        let mut code = None;
        self.until("the end", |stage| {
            code = stage.child.try_wait().unwrap();
            code.is_some()
        });
        code.unwrap().exit_code()
    }

    /// All that was written, after the end.
    pub(crate) fn all_written(&mut self) -> Vec<u8> {
        self.until("the last of the output", |stage| stage.reader.is_finished());
        self.written.lock().unwrap().clone()
    }

    /// Everything is as it was.
    pub(crate) fn assert_restored(&mut self) {
        self.until("the modes are given back", |stage| {
            let parser = stage.screen();
            let screen = parser.screen();
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
        assert_eq!(stty(&self.tty), self.settings);
    }
}

fn stty(tty: &std::path::Path) -> String {
    let output = Command::new("stty").arg("-F").arg(tty).arg("-a").output().unwrap();
    assert!(output.status.success());
    // The size may change; it is not ours.
    String::from_utf8(output.stdout)
        .unwrap()
        .split_once(';')
        .unwrap()
        .1
        .split_once("columns")
        .unwrap()
        .1
        .split_once(';')
        .unwrap()
        .1
        .to_owned()
}

#[test]
fn keys_that_are_there_already_are_done_with_before_anything_is_drawn() {
    let mut stage = Stage::dashboard();
    let frames = |stage: &Stage| stage.written.lock().unwrap().windows(8).filter(|at| at == b"\x1b[?2026h").count();
    let before = frames(&stage);
    stage.press(&("m".repeat(1000) + "q"));
    assert_eq!(stage.end(), 0);
    stage.assert_restored();
    let drawn = frames(&stage) - before;
    assert!(drawn < 500, "{drawn} frames for 1000 keys");
}

#[test]
fn quitting_gives_the_terminal_back() {
    for keys in ["q", "\x03"] {
        let mut stage = Stage::dashboard();
        stage.press(keys);
        assert_eq!(stage.end(), 0);
        stage.assert_restored();
    }
}

/// Screen readers and magnifiers follow the cursor.
#[test]
fn the_cursor_is_where_one_types() {
    let mut stage = Stage::dashboard();
    stage.press(":ki");
    stage.until("a cursor after what was typed", |stage| {
        let parser = stage.screen();
        let (row, column) = parser.screen().cursor_position();
        let line = parser.screen().rows(0, column).nth(row.into()).unwrap();
        !parser.screen().hide_cursor() && line.ends_with(": ki")
    });
    stage.press("\x15\x1b");
    stage.until("no cursor", |stage| stage.screen().screen().hide_cursor());
    stage.press("q");
    assert_eq!(stage.end(), 0);
    stage.assert_restored();
}

#[test]
fn signals_give_the_terminal_back() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)] {
        let mut stage = Stage::dashboard();
        stage.signal(name);
        assert_eq!(stage.end(), 128 + number, "{name}");
        stage.assert_restored();
    }
}

#[test]
fn a_stopped_program_comes_back_with_a_full_screen() {
    let mut stage = Stage::dashboard();
    stage.press("\x1a");
    stage.until("stopped", |stage| stage.state() == 'T');
    stage.assert_restored();
    stage.written.lock().unwrap().clear();
    stage.signal("CONT");
    stage.wait_for("BALANCER");
    assert!(stage.screen().screen().alternate_screen());
    stage.signal("STOP");
    stage.until("stopped", |stage| stage.state() == 'T');
    stage.written.lock().unwrap().clear();
    stage.signal("CONT");
    stage.wait_for("BALANCER");
    stage.press("q");
    assert_eq!(stage.end(), 0);
    stage.assert_restored();
}

#[test]
fn a_terminal_that_hangs_up_ends_the_program() {
    // In a session of its own the program gets no signal when its terminal goes: only the watchdog can notice.
    let program = env!("CARGO_BIN_EXE_statelab");
    let mut stage = Stage::run("setsid", &["--wait", program], &[]);
    stage.wait_for("BALANCER");
    let parent = stage.child.process_id().unwrap();
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
    let process = format!("/proc/{}", children.trim());
    assert_eq!(std::fs::read_link(format!("{process}/exe")).unwrap(), std::path::Path::new(program));
    stage.manner.store(LEAVES, Ordering::SeqCst);
    stage.keys = None;
    drop(stage.master.take());
    let gone = |_: &mut Stage| !std::fs::exists(format!("{process}/exe")).unwrap_or(false);
    stage.until("the program without a terminal ends", gone);
}

#[test]
fn a_terminal_that_stops_reading_does_not_hold_the_program() {
    let mut stage = Stage::dashboard();
    stage.manner.store(HOLDS, Ordering::SeqCst);
    // Far more than a pseudo-terminal holds: each switch draws half the screen anew.
    for _ in 0..200 {
        stage.press("m");
        thread::sleep(Duration::from_millis(5));
    }
    let start = Instant::now();
    stage.signal("TERM");
    assert_eq!(stage.end(), 143);
    assert!(start.elapsed() < Duration::from_millis(1500), "took {:?}", start.elapsed());
    stage.manner.store(READS, Ordering::SeqCst);
    assert_eq!(stty(&stage.tty), stage.settings);
}

#[test]
fn without_a_terminal_there_is_a_hint_and_no_escape() {
    let output = Command::new(env!("CARGO_BIN_EXE_statelab")).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("statelab run") && words.lines().count() == 1 && !words.contains('\x1b'), "{words:?}");
    for term in ["dumb", ""] {
        let mut stage = Stage::run(env!("CARGO_BIN_EXE_statelab"), &[], &[("TERM", term)]);
        assert_eq!(stage.end(), 2);
        stage.wait_for("statelab run");
        assert!(!stage.written.lock().unwrap().contains(&0x1b));
        assert_eq!(stty(&stage.tty), stage.settings);
    }
}

#[test]
fn paused_nothing_is_written() {
    let mut stage = Stage::dashboard();
    stage.press(" ");
    stage.wait_for("go on");
    // The coach may have another word once its last one has stood for long enough.
    thread::sleep(Duration::from_millis(4500));
    let before = stage.written.lock().unwrap().len();
    thread::sleep(Duration::from_millis(1000));
    assert_eq!(stage.written.lock().unwrap().len(), before);
    stage.press(" q");
    assert_eq!(stage.end(), 0);
}

#[test]
fn a_storm_of_sizes_is_survived() {
    let mut stage = Stage::dashboard();
    let size = |rows, cols| PtySize { rows, cols, ..PtySize::default() };
    for (rows, cols) in (1..=60).flat_map(|n| [(n, 1 + n * 8 % 500), (1 + n * 3, 1 + n % 7), (200, 500), (24, 80)]) {
        stage.master.as_ref().unwrap().resize(size(rows, cols)).unwrap();
        thread::sleep(Duration::from_millis(2));
    }
    stage.master.as_ref().unwrap().resize(size(40, 120)).unwrap();
    stage.written.lock().unwrap().clear();
    stage.press("m");
    stage.press("q");
    assert_eq!(stage.end(), 0);
    stage.assert_restored();
}

#[test]
fn a_panic_in_any_thread_gives_the_terminal_back_and_ends_the_program() {
    for scene in ["panics_in_a_worker", "panics_in_the_main_thread"] {
        let this = std::env::current_exe().unwrap();
        let name = format!("terminal::{scene}");
        let mut stage = Stage::run(this.to_str().unwrap(), &[&name, "--exact", "--ignored", "--nocapture"], &[]);
        stage.wait_for("a deliberate panic");
        assert_eq!(stage.end(), 101, "{scene}");
        stage.assert_restored();
        let written = String::from_utf8(stage.written.lock().unwrap().clone()).unwrap();
        let (before, after) = written.split_once("a deliberate panic").unwrap();
        assert!(before.contains("\x1b[?1049h") && before.contains("\x1b[?1049l"), "restored before it speaks");
        assert!(!after.contains('\x1b'), "nothing is drawn after it");
    }
}

/// Draws until its worker panics. Run by the test above, on a terminal of its own.
#[test]
#[ignore = "ends the process"]
fn panics_in_a_worker() {
    let _guard = Guard::take(true).unwrap();
    let mut screen = statelab::tui::guard::Screen;
    thread::spawn(|| {
        thread::sleep(Duration::from_millis(50));
        panic!("a deliberate panic");
    });
    loop {
        screen.write_all(b"\x1b[1;1Hdrawing").unwrap();
        thread::sleep(Duration::from_millis(1));
    }
}

/// As above, in the thread that draws.
#[test]
#[ignore = "ends the process"]
fn panics_in_the_main_thread() {
    let _guard = Guard::take(true).unwrap();
    statelab::tui::guard::Screen.write_all(b"drawing").unwrap();
    panic!("a deliberate panic");
}
