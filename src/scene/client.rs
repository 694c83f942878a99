//! The people at the left edge: chairs of a fixed population, or the visits of an open one.

use crate::by_visit::{self, ByVisit};
use crate::event::{InstanceId, Leave, Outcome, Seq, SessionId};
use crate::scenario::Population;
use crate::units::Nanos;
use crate::user::{NAMES, Seat, User};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// How long a visit that ended stays visible before its row can be taken by another.
pub const FAREWELL: Nanos = Nanos(2_000_000_000);

/// Stands for "no index" in the slabs.
pub(super) const NONE: u32 = u32::MAX;

/// What a row says about somebody for a moment after it happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// The visit ended.
    Left(Leave),
    /// A request ended badly.
    Failed(Outcome),
}

/// One user: a chair with whoever sits there now, or a visit.
///
/// There are as many as users, and each is looked at with every event of theirs: so it is small. Where nothing has
/// happened, its instant is [`Nanos::NEVER`].
#[derive(Clone, Debug)]
pub struct Client {
    /// The present visit, or the last one that sat here.
    visit: SessionId,
    /// When `items` last grew.
    pub grown: Nanos,
    reconnects: Nanos,
    lost: Nanos,
    marked: Nanos,
    lost_writes: u32,
    /// The command that took its state last, as a sequence number.
    lost_by: Seq,
    /// How many writes its token holds.
    pub items: u32,
    /// How many of those it has sent before in this visit.
    pub(super) sent: u32,
    /// Its attempts to log in, and those it gave up: what an earlier one left is nobody's.
    pub(super) login: u32,
    /// How many copies of its state there are in the service's processes.
    pub copies: u32,
    /// Its open request, as an index into the flights.
    pub(super) flight: u32,
    /// The instance that the balancer's cookie names; 0 without a cookie.
    pub pinned: InstanceId,
    /// The instance at the other end of the connection; 0 without one.
    pub connected: InstanceId,
    mark: Option<Mark>,
    present: bool,
    /// … and whether it took the whole of it.
    lost_whole: bool,
    /// Whether it has not logged in again since its state was lost.
    bereft: bool,
    /// Whether the client holds the state itself, in a token.
    pub holds_token: bool,
}

impl Client {
    const fn new() -> Self {
        Self {
            visit: SessionId::MAX,
            grown: Nanos::ZERO,
            reconnects: Nanos::NEVER,
            lost: Nanos::NEVER,
            marked: Nanos::NEVER,
            lost_writes: 0,
            lost_by: 0,
            items: 0,
            sent: 0,
            login: 0,
            copies: 0,
            flight: NONE,
            pinned: 0,
            connected: 0,
            mark: None,
            present: false,
            lost_whole: false,
            bereft: false,
            holds_token: false,
        }
    }

    /// The present visit; none between two visits.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.present.then_some(self.visit)
    }

    /// Whether somebody is there.
    #[must_use]
    pub const fn present(&self) -> bool {
        self.present
    }

    /// When it tries to connect again, after it lost its connection.
    #[must_use]
    pub fn reconnects(&self) -> Option<Nanos> {
        (self.reconnects != Nanos::NEVER).then_some(self.reconnects)
    }

    /// When its state was lost, and how many acknowledged writes went with it; until it has logged in again.
    #[must_use]
    pub fn lost(&self) -> Option<(Nanos, u32)> {
        self.bereft.then_some((self.lost, self.lost_writes))
    }

    /// When its state was lost last, though it may have logged in again.
    #[must_use]
    pub fn robbed(&self) -> Option<Nanos> {
        (self.lost != Nanos::NEVER).then_some(self.lost)
    }

    /// The last thing worth a word, and when it happened.
    #[must_use]
    pub fn mark(&self) -> Option<(Nanos, Mark)> {
        self.mark.map(|mark| (self.marked, mark))
    }

    /// Whether a request of theirs is open.
    #[must_use]
    pub const fn busy(&self) -> bool {
        self.flight != NONE
    }

    /// Whether the balancer sends something of theirs somewhere: a request, or a connection.
    #[must_use]
    pub const fn routed(&self) -> bool {
        self.busy() || self.connected != 0
    }

    pub(super) const fn connect(&mut self, instance: InstanceId) {
        (self.connected, self.reconnects) = (instance, Nanos::NEVER);
    }

    pub(super) const fn disconnect(&mut self, until: Nanos) {
        (self.connected, self.reconnects) = (0, until);
    }

    pub(super) const fn lose(&mut self, at: Nanos, writes: u32) {
        (self.lost, self.lost_writes, self.bereft) = (at, writes, true);
    }

    /// A command takes the visit's state, or its newest writes. Whether it took the whole before, if it took any of it: a second
    /// time it is no other session that is harmed.
    pub(super) fn robbed_by(&mut self, command: Seq, whole: bool) -> Option<bool> {
        let before = (self.lost_by == command).then_some(self.lost_whole);
        (self.lost_by, self.lost_whole) = (command, whole || before == Some(true));
        before
    }

    pub(super) const fn forget_loss(&mut self) {
        self.bereft = false;
    }

    pub(super) const fn fail(&mut self, at: Nanos, outcome: Outcome) {
        (self.marked, self.mark) = (at, Some(Mark::Failed(outcome)));
    }

    pub(super) const fn succeed(&mut self) {
        (self.marked, self.mark) = (Nanos::NEVER, None);
    }

    const fn sit(&mut self, session: SessionId) {
        *self = Self { visit: session, present: true, ..Self::new() };
    }

    const fn leave(&mut self, how: Leave, at: Nanos) {
        // Whose last request failed is through with the plan, but not done with what they came for.
        let mark = match (how, self.mark) {
            (Leave::Completed, Some(failed @ Mark::Failed(_))) => failed,
            _ => Mark::Left(how),
        };
        *self = Self { visit: self.visit, marked: at, mark: Some(mark), ..Self::new() };
    }

    fn is(&self, session: SessionId) -> bool {
        self.present && self.visit == session
    }
}

/// Everybody, each on a row that stays theirs.
///
/// A fixed population sits on chairs, so a visit's row follows from its number. An open population takes the
/// lowest free row; a table finds it again, which clones as one block of memory.
///
/// A visit leaves only after its open request, so the next one on its chair may begin before that: then both are there
/// for a moment, and the row belongs to the new one.
#[derive(Clone, Debug)]
pub struct Clients {
    rows: Vec<Client>,
    users: Option<u32>,
    /// Where the visits of an open population sit.
    roster: ByVisit<u32>,
    /// Those whose chair has been taken already, in the order of their visits.
    finishing: Vec<(SessionId, Client)>,
    leaving: VecDeque<(Nanos, u32)>,
    free: BinaryHeap<Reverse<u32>>,
    present: u32,
}

impl Clients {
    /// How many bytes of memory a clone of it takes elsewhere.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.rows.as_slice())
            + by_visit::bytes(&self.roster)
            + size_of_val(self.finishing.as_slice())
            + self.leaving.len() * size_of::<(Nanos, u32)>()
            + self.free.len() * size_of::<Reverse<u32>>()
    }

    pub(super) fn new(users: Option<u32>) -> Self {
        let chairs = users.unwrap_or(0) as usize;
        Self {
            rows: vec![Client::new(); chairs],
            users: users.filter(|&count| count > 0),
            roster: ByVisit::default(),
            finishing: Vec::new(),
            leaving: VecDeque::new(),
            free: BinaryHeap::new(),
            present: 0,
        }
    }

    /// All rows, from the top; some may be empty.
    #[must_use]
    pub fn rows(&self) -> &[Client] {
        &self.rows
    }

    /// How many visits are in progress.
    #[must_use]
    pub const fn present(&self) -> u32 {
        self.present
    }

    /// Whether these are the chairs of a fixed population.
    #[must_use]
    pub const fn chairs(&self) -> bool {
        self.users.is_some()
    }

    /// What the one in this row is called.
    #[must_use]
    pub fn name(&self, row: u32) -> String {
        if self.users.is_some() {
            return match NAMES.get(row as usize) {
                Some(name) => (*name).to_owned(),
                None => format!("{:03}", row + 1),
            };
        }
        let visit = self.rows.get(row as usize).map_or(0, |client| client.visit);
        format!("{:03}", visit % 1000)
    }

    /// What the user of a visit is called, though it may be over.
    #[must_use]
    pub fn name_of(&self, visit: SessionId) -> String {
        match self.users {
            Some(users) => self.name((visit % u64::from(users)) as u32),
            None => format!("{:03}", visit % 1000),
        }
    }

    /// What commands call the user of a visit: in a stream, the whole number of it, where a picture has room for its end only.
    #[must_use]
    pub fn full_name(&self, visit: SessionId) -> String {
        if self.chairs() { self.name_of(visit) } else { format!("{visit:03}") }
    }

    /// What somebody is called whom a command has named by a name or a number.
    #[must_use]
    pub fn called(&self, user: User) -> String {
        match user.seat(self.users.map_or(Population::SessionsPerSecond(1.0), Population::Users)) {
            Ok(Seat::Chair(chair)) => self.name(chair),
            _ => user.to_string(),
        }
    }

    /// What the one in this row is called among counts: a number has a sign, so that it is not taken for one.
    #[must_use]
    pub fn signed_name(&self, row: u32) -> String {
        let name = self.name(row);
        if name.starts_with(|letter: char| letter.is_ascii_digit()) { format!("#{name}") } else { name }
    }

    /// The row on which a visit sits, or sat, as far as that is known.
    fn seat(&self, session: SessionId) -> Option<u32> {
        match self.users {
            Some(users) => u32::try_from(session % u64::from(users)).ok(),
            None => self.roster.get(&session).copied(),
        }
    }

    /// The row of a visit, while it is in progress.
    #[must_use]
    pub fn row(&self, session: SessionId) -> Option<u32> {
        let row = self.seat(session)?;
        (self.rows[row as usize].is(session) || self.finishes(session).is_some()).then_some(row)
    }

    /// The row of a visit, though it may be over: its chair stays.
    pub(super) fn row_of_owner(&self, session: SessionId) -> Option<u32> {
        if self.chairs() { self.seat(session) } else { self.row(session) }
    }

    fn finishes(&self, session: SessionId) -> Option<usize> {
        self.finishing.binary_search_by_key(&session, |&(id, _)| id).ok()
    }

    /// The one whose visit this is, while it is in progress.
    #[must_use]
    pub fn get(&self, session: SessionId) -> Option<&Client> {
        let client = &self.rows[self.seat(session)? as usize];
        if client.is(session) {
            return Some(client);
        }
        self.finishes(session).map(|place| &self.finishing[place].1)
    }

    pub(super) fn get_mut(&mut self, session: SessionId) -> Option<&mut Client> {
        self.seated_mut(session).map(|(_, client)| client)
    }

    /// As [`Clients::get`], with the row.
    pub(super) fn seated_mut(&mut self, session: SessionId) -> Option<(u32, &mut Client)> {
        let row = self.seat(session)?;
        if self.rows[row as usize].is(session) {
            return Some((row, &mut self.rows[row as usize]));
        }
        self.finishes(session).map(|place| (row, &mut self.finishing[place].1))
    }

    /// Those who wait for their last reply while the next visit sits on their chair already.
    pub fn finishing(&self) -> impl Iterator<Item = &Client> {
        self.finishing.iter().map(|(_, client)| client)
    }

    pub(super) fn arrive(&mut self, session: SessionId, at: Nanos) -> &mut Client {
        let row = match self.users {
            Some(users) => (session % u64::from(users)) as u32,
            None => self.lowest_free_row(at),
        };
        if self.users.is_none() {
            self.roster.insert(session, row);
        }
        let client = &mut self.rows[row as usize];
        match client.session() {
            None => self.present += 1,
            Some(before) => {
                let place = self.finishing.partition_point(|&(id, _)| id < before);
                self.finishing.insert(place, (before, client.clone()));
            }
        }
        let client = &mut self.rows[row as usize];
        client.sit(session);
        client
    }

    fn lowest_free_row(&mut self, at: Nanos) -> u32 {
        while let Some(&(left, row)) = self.leaving.front() {
            if at.since(left) < FAREWELL {
                break;
            }
            self.leaving.pop_front();
            self.free.push(Reverse(row));
        }
        if let Some(Reverse(row)) = self.free.pop() {
            return row;
        }
        self.rows.push(Client::new());
        (self.rows.len() - 1) as u32
    }

    pub(super) fn leave(&mut self, session: SessionId, how: Leave, at: Nanos) {
        let Some(row) = self.row(session) else { return };
        if let Some(place) = self.finishes(session) {
            self.finishing.remove(place);
            return;
        }
        self.rows[row as usize].leave(how, at);
        self.present -= 1;
        if self.users.is_none() {
            self.roster.remove(&session);
            self.leaving.push_back((at, row));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_sits_on_its_chair_and_the_next_one_too() {
        let mut clients = Clients::new(Some(3));
        clients.arrive(4, Nanos(0));
        assert_eq!(clients.row(4), Some(1));
        assert_eq!(clients.name(1), "bob");
        clients.leave(4, Leave::Completed, Nanos(5));
        assert_eq!((clients.row(4), clients.present()), (None, 0));
        clients.arrive(7, Nanos(6));
        assert_eq!((clients.row(7), clients.row(4)), (Some(1), None));
    }

    #[test]
    fn a_visit_of_a_stream_is_told_by_its_whole_number_where_there_is_room() {
        let mut clients = Clients::new(None);
        clients.arrive(5816, Nanos(0));
        assert_eq!((clients.name(0).as_str(), clients.full_name(5816).as_str()), ("816", "5816"));
        assert_eq!(Clients::new(Some(30)).full_name(5816), "027", "on that chair");
    }

    #[test]
    fn the_next_visit_may_begin_before_the_last_reply() {
        let mut clients = Clients::new(Some(3));
        clients.arrive(4, Nanos(0)).pinned = 2;
        clients.arrive(7, Nanos(6));
        assert_eq!((clients.row(4), clients.row(7), clients.present()), (Some(1), Some(1), 1));
        assert_eq!(clients.get(4).map(|client| client.pinned), Some(2));
        assert_eq!(clients.rows()[1].session(), Some(7), "the row is the new one's");
        clients.leave(4, Leave::Completed, Nanos(9));
        assert_eq!((clients.row(4), clients.get(7).map(|client| client.pinned)), (None, Some(0)));
        assert_eq!(clients.finishing().count(), 0);
    }

    #[test]
    fn an_open_population_reuses_the_lowest_row_after_the_farewell() {
        let mut clients = Clients::new(None);
        for session in [1, 2, 3] {
            clients.arrive(session, Nanos(0));
        }
        clients.leave(1, Leave::Completed, Nanos(10));
        clients.arrive(4, Nanos(20));
        assert_eq!(clients.row(4), Some(3), "the row of one who has just left still says so");
        clients.arrive(5, FAREWELL + Nanos(10));
        assert_eq!(clients.row(5), Some(0));
        assert_eq!(clients.rows().len(), 4);
    }
}
