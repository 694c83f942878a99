//! What is to be told to the engine: its inbox may be full, and some of it must not get lost.

use super::driver::{Order, Wants};
use std::collections::VecDeque;

/// Orders on their way to the engine.
#[derive(Debug, Default)]
pub struct Outbox {
    /// What found no room so far, in order.
    waiting: VecDeque<Order>,
    /// What the engine knows of what the screen needs.
    told: Option<Wants>,
    /// Whether the engine has yet to be told of something newer.
    outdated: bool,
}

impl Outbox {
    /// Hands in what waits, and then these orders. What finds no room is kept if `keep`, because a lesson waits for it; else it
    /// is dropped, because whoever pressed a key can press it again. Says whether something was.
    pub fn send(&mut self, orders: Vec<Order>, keep: bool, mut room_for: impl FnMut(Order) -> bool) -> bool {
        self.waiting.extend(orders);
        while let Some(order) = self.waiting.front() {
            if !room_for(order.clone()) {
                break;
            }
            self.waiting.pop_front();
        }
        let dropped = !keep && !self.waiting.is_empty();
        if dropped {
            self.waiting.clear();
        }
        dropped
    }

    /// Tells what the screen needs, unless the engine knows.
    pub fn want(&mut self, wants: Wants, room_for: impl FnOnce(Order) -> bool) {
        self.outdated = self.told.as_ref() != Some(&wants);
        if self.outdated && room_for(Order::Want(wants.clone())) {
            (self.told, self.outdated) = (Some(wants), false);
        }
    }

    /// Whether something is still to be told.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.outdated || !self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Home;
    use crate::tui::app::App;
    use crate::tui::state::UiState;

    #[test]
    fn what_a_lesson_waits_for_arrives_in_order() {
        let mut outbox = Outbox::default();
        let mut inbox = Vec::new();
        assert!(!outbox.send(vec![Order::Undo, Order::Pause(true)], true, |_| false));
        assert!(outbox.waits());
        assert!(!outbox.send(vec![Order::Rejoin], true, |order| {
            inbox.push(order);
            true
        }));
        assert_eq!(inbox, [Order::Undo, Order::Pause(true), Order::Rejoin]);
        assert!(!outbox.waits());
    }

    #[test]
    fn a_key_without_room_is_dropped_and_that_is_said() {
        let mut outbox = Outbox::default();
        assert!(outbox.send(vec![Order::Undo], false, |_| false));
        assert!(!outbox.waits());
    }

    #[test]
    fn what_the_screen_needs_is_told_until_it_is_known() {
        let wants = App::new(UiState::new(&[Home::Token, Home::Sticky], false)).wants();
        let mut outbox = Outbox::default();
        outbox.want(wants.clone(), |_| false);
        assert!(outbox.waits());
        outbox.want(wants.clone(), |order| order == Order::Want(wants.clone()));
        assert!(!outbox.waits());
        outbox.want(wants, |_| panic!("it is known"));
    }
}
