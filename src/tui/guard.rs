//! The terminal is borrowed, and given back on every way out.
//!
//! ```text
//!   quit · error ────────────▶ drop ─┐
//!   panic, in any thread ────▶ hook ─┤
//!   INT TERM HUP QUIT ─▶ signal loop ┼─▶ restore (once) ─▶ the shell as it was
//!   hang-up ───────────▶ watchdog ───┤
//!   TSTP ──────────────▶ signal loop ┘   … CONT ─▶ enter again, redraw everything
//! ```
//!
//! A terminal may have stopped reading (Ctrl-S, a frozen emulator, a full pipe of ssh): then every write blocks.
//! So restoring never writes to a blocking descriptor, never waits for output to drain and never waits long for
//! whoever is drawing: the settings come back by `tcsetattr` whatever happens, the sequences if there is room.

use super::record;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::stdio::{stdin, stdout};
use rustix::termios::{OptionalActions, QueueSelector, Termios, isatty, tcflush, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;
use tokio::sync::Notify;

/// Exit status after a panic, the same that Rust's own has.
pub const EXIT_PANIC: i32 = 101;

/// Alternate screen, no cursor, pastes in one piece.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Presses and the wheel, with coordinates as text; not every movement, which would wake us for nothing.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
/// The reverse of both, and plain colours.
const LEAVE: &str = "\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

/// How long restoring waits for the thread that draws, and then for room in the terminal.
const PATIENCE: Duration = Duration::from_millis(200);
const STEP: Duration = Duration::from_millis(5);

/// Whose the terminal is.
const THEIRS: u8 = 0;
const OURS: u8 = 1;
/// Given back for good: nothing is ever drawn again.
const OVER: u8 = 2;

static OWNER: AtomicU8 = AtomicU8::new(THEIRS);
/// Held by whoever writes to the terminal, so that a frame and the restoring never mix.
static PEN: Mutex<()> = Mutex::new(());
static BORROWED: OnceLock<Borrowed> = OnceLock::new();

/// What must be given back, and how to take it again.
struct Borrowed {
    settings: Termios,
    mouse: bool,
    again: Arc<Notify>,
}

/// Why there can be no dashboard here.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// Not a terminal, or one that cannot place text.
    #[error("the dashboard needs a terminal ({0}); `statelab run` prints the same figures without one")]
    Unsuitable(&'static str),
    /// The terminal, or the machine, refused.
    #[error("cannot set the terminal up: {0}; `statelab run` needs none")]
    Io(#[from] io::Error),
}

/// The terminal, while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub struct Guard {
    again: Arc<Notify>,
}

impl Guard {
    /// Arms every way out, then takes the terminal. Can be had once in a process.
    ///
    /// # Errors
    /// Where there is no terminal that could show a dashboard; nothing has been written to it then.
    pub fn take(mouse: bool) -> Result<Self, GuardError> {
        suitable_here()?;
        let again = Arc::new(Notify::new());
        let settings = tcgetattr(stdin()).map_err(io::Error::from)?;
        if BORROWED.set(Borrowed { settings, mouse, again: again.clone() }).is_err() {
            return Err(GuardError::Unsuitable("it is taken already"));
        }
        let signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT])?;
        restore_before_panics_speak();
        thread::Builder::new().name("signals".into()).spawn(move || obey(signals))?;
        thread::Builder::new().name("hang-up".into()).spawn(watch_for_hang_up)?;
        enter();
        Ok(Self { again })
    }

    /// Notified whenever the screen's content is gone: after suspension everything must be drawn again.
    #[must_use]
    pub fn again(&self) -> Arc<Notify> {
        self.again.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore(OVER);
    }
}

/// Whether a dashboard can be shown on the terminal of this process.
///
/// # Errors
/// Why not.
pub fn suitable_here() -> Result<(), GuardError> {
    suitable(std::env::var("TERM").ok().as_deref(), isatty(stdin()), isatty(stdout()))
}

/// Whether a dashboard can be shown.
fn suitable(term: Option<&str>, input: bool, output: bool) -> Result<(), GuardError> {
    match term {
        _ if !input => Err(GuardError::Unsuitable("the input is none")),
        _ if !output => Err(GuardError::Unsuitable("the output is none")),
        None | Some("") => Err(GuardError::Unsuitable("TERM is not set")),
        Some("dumb") => Err(GuardError::Unsuitable("TERM is dumb")),
        Some(_) => Ok(()),
    }
}

/// Suspends the program as Ctrl-Z does everywhere else (in raw mode the key comes to us).
pub fn suspend() {
    // Raising can only fail for signals that do not exist.
    let _ = signal_hook::low_level::raise(SIGTSTP);
}

/// Takes the terminal. Harmless when it is ours already: then it repairs what others did to it.
fn enter() {
    let Some(borrowed) = BORROWED.get() else { return };
    let _pen = pen(PATIENCE);
    // From here on the way back must be gone, even if only half of the way there is.
    if pass(&OWNER, OURS).is_none() {
        return;
    }
    let mut raw = borrowed.settings.clone();
    raw.make_raw();
    let _ = tcsetattr(stdin(), OptionalActions::Now, &raw);
    send(ENTER.as_bytes());
    if borrowed.mouse {
        send(MOUSE_ON.as_bytes());
    }
}

/// Gives it to another owner, and says who had it; none if it is over, which it stays.
fn pass(owner: &AtomicU8, next: u8) -> Option<u8> {
    owner.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| (now != OVER).then_some(next)).ok()
}

/// Gives the terminal back: once, however often and from wherever it is called.
fn restore(next: u8) {
    let Some(borrowed) = BORROWED.get() else { return };
    if pass(&OWNER, next) != Some(OURS) {
        return;
    }
    // The settings first: they need nobody's patience.
    let _ = tcsetattr(stdin(), OptionalActions::Now, &borrowed.settings);
    let pen = pen(PATIENCE);
    // And once more: whoever had the pen until now may have been half of the way there.
    let _ = tcsetattr(stdin(), OptionalActions::Now, &borrowed.settings);
    let blocking = rustix::io::ioctl_fionbio(stdout(), true).is_ok();
    if pen.is_none() || !send(LEAVE.as_bytes()) {
        // Nobody reads. Discarding what is queued makes room, and frees a thread that is stuck in a write.
        let _ = tcflush(stdout(), QueueSelector::OFlush);
        let _pen = self::pen(PATIENCE);
        send(LEAVE.as_bytes());
    }
    if blocking {
        let _ = rustix::io::ioctl_fionbio(stdout(), false);
    }
}

/// The right to write, unless somebody keeps it for longer than `patience`.
fn pen(patience: Duration) -> Option<MutexGuard<'static, ()>> {
    let mut waited = Duration::ZERO;
    loop {
        match PEN.try_lock() {
            Ok(pen) => return Some(pen),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if waited >= patience => return None,
            Err(TryLockError::WouldBlock) => {
                thread::sleep(STEP);
                waited += STEP;
            }
        }
    }
}

/// Writes all of it, if the terminal takes it within [`PATIENCE`].
fn send(mut bytes: &[u8]) -> bool {
    let mut waited = Duration::ZERO;
    while !bytes.is_empty() {
        match rustix::io::write(stdout(), bytes) {
            Ok(count) => {
                record::output_at_once(&bytes[..count]);
                bytes = &bytes[count..];
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) if waited < PATIENCE => {
                thread::sleep(STEP);
                waited += STEP;
            }
            Err(_) => return false,
        }
    }
    true
}

/// Where frames go: the terminal while it is ours, nowhere while it is not.
#[derive(Debug, Default)]
pub struct Screen;

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let pen = PEN.lock().unwrap_or_else(PoisonError::into_inner);
            if OWNER.load(Ordering::SeqCst) != OURS {
                return Ok(bytes.len());
            }
            match rustix::io::write(stdout(), bytes) {
                Ok(count) => {
                    record::output(&bytes[..count]);
                    return Ok(count);
                }
                Err(Errno::INTR) => {}
                // Somebody else made the shared descriptor non-blocking: wait as if it blocked.
                Err(Errno::AGAIN) => {
                    drop(pen);
                    let output = stdout();
                    let _ = poll(
                        &mut [PollFd::new(&output, PollFlags::OUT)],
                        Some(&Timespec { tv_sec: 0, tv_nsec: 50_000_000 }),
                    );
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A panic in any thread gives the terminal back before it speaks, and ends the program: a dashboard whose engine
/// is gone must not stand there as if it ran.
fn restore_before_panics_speak() {
    let speak = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore(OVER);
        speak(panic);
        std::process::exit(EXIT_PANIC);
    }));
}

/// The signal thread: sleeps until a signal comes.
fn obey(mut signals: Signals) {
    for signal in signals.forever() {
        match signal {
            SIGTSTP => {
                restore(THEIRS);
                // Stops the whole process here; it goes on with SIGCONT, which is the next in the queue.
                let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
            }
            SIGCONT => {
                enter();
                if let Some(borrowed) = BORROWED.get() {
                    borrowed.again.notify_one();
                }
            }
            ending => {
                restore(OVER);
                std::process::exit(128 + ending);
            }
        }
    }
}

/// The watchdog: sleeps in `poll` until the terminal is gone, which the event stream would not notice.
fn watch_for_hang_up() {
    let input = stdin();
    loop {
        // Asking for nothing still reports a hang-up, and nothing else.
        let mut watched = [PollFd::new(&input, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) if watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => {
                restore(OVER);
                std::process::exit(128 + SIGHUP);
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_terminal_will_do() {
        assert!(suitable(Some("xterm-256color"), true, true).is_ok());
        for (term, input, output) in [
            (None, true, true),
            (Some(""), true, true),
            (Some("dumb"), true, true),
            (Some("xterm"), false, true),
            (Some("xterm"), true, false),
        ] {
            let refused = suitable(term, input, output).unwrap_err().to_string();
            assert!(refused.contains("statelab run"), "{refused}");
            assert_eq!(refused.lines().count(), 1);
        }
    }

    #[test]
    fn what_is_over_stays_over() {
        let owner = AtomicU8::new(THEIRS);
        assert_eq!([pass(&owner, OURS), pass(&owner, OVER)], [Some(THEIRS), Some(OURS)]);
        assert_eq!([OURS, THEIRS, OVER].map(|next| pass(&owner, next)), [None; 3]);
        assert_eq!(owner.into_inner(), OVER);
    }

    #[test]
    fn every_mode_that_is_set_is_given_back() {
        for mode in ENTER.split("\x1b[").chain(MOUSE_ON.split("\x1b[")).filter(|mode| !mode.is_empty()) {
            let (number, set) = mode.split_at(mode.len() - 1);
            let back = format!("\x1b[{number}{}", if set == "h" { 'l' } else { 'h' });
            assert!(LEAVE.contains(&back), "{back:?} is missing");
        }
    }
}
