//! How requests change the scene: attempts on their way, and those that the client gave up.

use super::client::NONE;
use super::{Flight, Leg, Scene, Span, Weight, find_mut};
use crate::event::{Ask, Event, InstanceId, Outcome, RequestId, RequestKind, SessionId};
use crate::units::Nanos;

/// So many attempts that were given up are kept before those whose message found nobody are swept out.
const GHOSTS: usize = 256;

impl Scene {
    pub(super) fn issued(&mut self, request: RequestId, session: SessionId, purpose: RequestKind, write: u32) {
        if purpose == RequestKind::Replay {
            return self.replay_issued(request, session);
        }
        if purpose == RequestKind::Relogin {
            // The state goes on under a new id; what is left of the old one nobody can ask for any more.
            self.orphan_copies(session);
        }
        let Some((row, client)) = self.clients.seated_mut(session) else { return };
        let index = self.flights.add(Flight::new(request, session, row, purpose, write));
        let before = std::mem::replace(&mut client.flight, index);
        self.end_flight(before);
    }

    pub(super) fn sent(&mut self, request: RequestId, session: SessionId, attempt: u8, up: Weight, way: Span) {
        if let Some(index) = self.stranger(request) {
            if let Some(flight) = self.flights.get_mut(index) {
                (flight.attempt, flight.up) = (attempt, up);
            }
            return self.set_leg(index, None, Leg::Up(way));
        }
        let most = self.most_items;
        let Some(client) = self.clients.get_mut(session) else { return };
        let index = client.flight;
        let fresh = (client.items - client.sent.min(client.items)).min(most);
        client.sent = client.sent.max(client.items);
        let items = client.items.min(most);
        let Some(flight) = self.flights.get_mut(index).filter(|flight| flight.request == request) else { return };
        (flight.attempt, flight.items, flight.fresh, flight.up) = (attempt, items, fresh, up);
        (flight.instance, flight.refused, flight.returned) = (0, 0, None);
        let logs_in = flight.purpose.logs_in();
        self.set_leg(index, None, Leg::Up(way));
        if logs_in {
            self.forget_login(session);
        }
    }

    /// What earlier attempts to log in have left, or will leave, is nobody's: the client never heard of it.
    fn forget_login(&mut self, session: SessionId) {
        if let Some(client) = self.clients.get_mut(session) {
            client.login += 1;
        }
        self.orphan_copies(session);
    }

    /// The client stops waiting; the service may still be at work on it.
    pub(super) fn give_up(&mut self, request: RequestId, session: SessionId, attempt: u8) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let index = client.flight;
        let Some(flight) = self.flights.get_mut(index).filter(|f| (f.request, f.attempt) == (request, attempt)) else {
            return;
        };
        flight.ghost = true;
        let next = Flight {
            attempt: 0,
            leg: Leg::AtClient { until: Nanos::ZERO },
            lane: None,
            ghost: false,
            asks_store: None,
            ..*flight
        };
        let next = self.flights.add(next);
        if let Some(client) = self.clients.get_mut(session) {
            client.flight = next;
        }
        if let Err(place) = self.ghost(request, attempt) {
            self.ghosts.insert(place, (request, attempt, index));
        }
        if self.ghosts.len() > GHOSTS && self.ghosts.len().is_power_of_two() {
            self.sweep_ghosts();
        }
    }

    /// The client waits before its next attempt. The one before may be at work in the service still: that stays where it is.
    pub(super) fn back_off(&mut self, request: RequestId, session: SessionId, until: Nanos) {
        let Some(index) = self.clients.get(session).map(|client| client.flight) else { return };
        if self.flights.get(index).is_some_and(|flight| flight.request == request) {
            self.set_leg(index, None, Leg::AtClient { until });
        }
    }

    pub(super) fn ended(
        &mut self,
        request: RequestId,
        session: SessionId,
        outcome: Outcome,
        purpose: RequestKind,
        event: &Event,
    ) {
        if purpose == RequestKind::Replay {
            return self.replay_ended(request);
        }
        if let Some(fault) = self.fault.as_mut().filter(|fault| fault.seq == event.root && !outcome.useful()) {
            fault.failed += 1;
        }
        let Some(client) = self.clients.get_mut(session) else { return };
        let index = client.flight;
        match outcome {
            Outcome::Ok | Outcome::Stale => {
                client.succeed();
                if purpose.logs_in() {
                    client.forget_loss();
                }
            }
            Outcome::Lost | Outcome::TooLarge => {
                client.pinned = 0;
                client.fail(event.at, outcome);
            }
            _ => client.fail(event.at, outcome),
        }
        if self.flights.get(index).is_some_and(|flight| flight.request == request) {
            client.flight = NONE;
            self.end_flight(index);
        }
        let unknown = matches!(outcome, Outcome::Lost | Outcome::TooLarge);
        if purpose.logs_in() && !outcome.useful() && !unknown {
            self.forget_login(session);
        }
    }

    /// Somebody sends a copied token or cookie. A visit of a stream that is over has no row that it could be said to be from.
    fn replay_issued(&mut self, request: RequestId, session: SessionId) {
        self.thief = true;
        if let Some(row) = self.clients.row_of_owner(session) {
            let index = self.flights.add(Flight::new(request, session, row, RequestKind::Replay, 0));
            self.strangers.push((request, index));
        }
    }

    fn replay_ended(&mut self, request: RequestId) {
        if let Some(place) = self.strangers.iter().position(|&(id, _)| id == request) {
            let (_, index) = self.strangers.remove(place);
            self.end_flight(index);
        }
    }

    fn stranger(&self, request: RequestId) -> Option<u32> {
        self.strangers.iter().find(|&&(id, _)| id == request).map(|&(_, index)| index)
    }

    fn ghost(&self, request: RequestId, attempt: u8) -> Result<usize, usize> {
        self.ghosts.binary_search_by_key(&(request, attempt), |&(request, attempt, _)| (request, attempt))
    }

    /// The service is done with an attempt that was given up.
    pub(super) fn forget_ghost(&mut self, request: RequestId, attempt: u8) {
        if let Ok(place) = self.ghost(request, attempt) {
            let (_, _, index) = self.ghosts.remove(place);
            self.end_flight(index);
        }
    }

    /// Drops given-up attempts whose message has arrived without a further event: their receiver was dead.
    fn sweep_ghosts(&mut self) {
        let stale: Vec<(RequestId, u8, u32)> = self
            .ghosts
            .iter()
            .copied()
            .filter(|&(_, _, index)| match self.flights.get(index).map(|flight| flight.leg) {
                Some(Leg::Up(way) | Leg::Forward(way) | Leg::Bounced(way) | Leg::Back(way, _) | Leg::Down(way, _)) => {
                    way.arrives < self.now
                }
                Some(Leg::Cut | Leg::AtClient { .. }) | None => true,
                Some(Leg::Held | Leg::Queued | Leg::Serving) => false,
            })
            .collect();
        for &(_, _, index) in &stale {
            self.end_flight(index);
        }
        self.ghosts.retain(|entry| stale.binary_search(entry).is_err());
    }

    fn index_of(&self, request: RequestId, session: SessionId, attempt: u8) -> Option<u32> {
        if let Some(client) = self.clients.get(session) {
            let index = client.flight;
            if self.flights.get(index).is_some_and(|f| f.request == request && f.attempt == attempt) {
                return Some(index);
            }
        }
        let ghost = self.ghost(request, attempt).ok().map(|place| self.ghosts[place].2);
        ghost.or_else(|| self.stranger(request))
    }

    /// Puts an attempt on a leg. Where it is known, it comes back for what else there is to say.
    pub(super) fn move_flight(
        &mut self,
        request: RequestId,
        session: SessionId,
        attempt: u8,
        to: Option<InstanceId>,
        leg: Leg,
    ) -> Option<&mut Flight> {
        let index = self.index_of(request, session, attempt)?;
        self.set_leg(index, to, leg);
        self.flights.get_mut(index)
    }

    /// Puts a flight on a leg, and keeps the instance's counts and rows in step with it.
    pub(super) fn set_leg(&mut self, index: u32, to: Option<InstanceId>, leg: Leg) {
        let Some(flight) = self.flights.get_mut(index) else { return };
        let (from, left) = (flight.instance, std::mem::replace(&mut flight.leg, leg));
        flight.instance = to.unwrap_or(from);
        let (was, is) = (left.behind_balancer(), leg.behind_balancer());
        if was && is && flight.instance == from {
            if let Some(instance) = find_mut(&mut self.instances, from) {
                instance.uncount(left);
                instance.count(leg);
            }
            return;
        }
        let lane = flight.lane.take();
        if was && let Some(instance) = find_mut(&mut self.instances, from) {
            instance.uncount(left);
            instance.leave_lane(lane);
        }
        if is && let Some(instance) = find_mut(&mut self.instances, flight.instance) {
            instance.count(leg);
            flight.lane = instance.enter_lane(index);
        }
    }

    /// Takes a flight out of the picture.
    pub(super) fn end_flight(&mut self, index: u32) {
        let Some(flight) = self.flights.get(index) else { return };
        if flight.asks_store.is_some() {
            self.store_done();
        }
        self.set_leg(index, None, Leg::AtClient { until: Nanos::ZERO });
        self.flights.remove(index);
    }

    pub(super) fn ask_store(&mut self, request: RequestId, session: SessionId, peer: InstanceId, asks: Option<Ask>) {
        if peer != 0 || self.store.is_none() {
            return;
        }
        // A question bears no attempt: it belongs to the one that a worker has.
        let own = self.clients.get_mut(session).map_or(NONE, |client| client.flight);
        let mine = |flight: &Flight| {
            flight.request == request && flight.asks_store.is_some() != asks.is_some() && flight.leg == Leg::Serving
        };
        let index = if self.flights.get(own).is_some_and(mine) {
            own
        } else {
            let first = self.ghosts.partition_point(|&(id, ..)| id < request);
            let of_request = self.ghosts[first..].iter().take_while(|&&(id, ..)| id == request);
            match of_request
                .map(|entry| entry.2)
                .chain(self.stranger(request))
                .find(|&index| self.flights.get(index).is_some_and(mine))
            {
                Some(index) => index,
                None => return,
            }
        };
        if let Some(flight) = self.flights.get_mut(index) {
            flight.asks_store = asks;
        }
        if let Some(store) = self.store.as_mut().filter(|_| asks.is_some()) {
            store.pending += 1;
        } else {
            self.store_done();
        }
    }

    fn store_done(&mut self) {
        if let Some(store) = &mut self.store {
            store.pending = store.pending.saturating_sub(1);
        }
    }
}
