//! How large things are that the events only count together: for whoever shows what is inside.

use super::draw::{Draws, Purpose};
use crate::event::SessionId;
use crate::scenario::Scenario;

/// Bytes of JSON that write number `write` of a visit adds to its state: the very draw of the simulation.
#[must_use]
pub fn growth_bytes(scenario: &Scenario, session: SessionId, write: u32) -> u32 {
    let dist = scenario.workload.growth_bytes_per_write;
    Draws::new(scenario.seed).sample(dist, Purpose::Growth, session, write.into()).round() as u32
}

/// Bytes of a token that carries so many bytes of state.
#[must_use]
pub const fn token_bytes(scenario: &Scenario, state_bytes: u32) -> u32 {
    scenario.token.overhead_bytes + (state_bytes * 4).div_ceil(3)
}

/// Bytes of state in a token of so many bytes; none if no token has so many.
#[must_use]
pub fn state_in_token(scenario: &Scenario, bytes: u32) -> Option<u32> {
    let state = bytes.checked_sub(scenario.token.overhead_bytes)? / 4 * 3
        + bytes.checked_sub(scenario.token.overhead_bytes)? % 4 * 3 / 4;
    (token_bytes(scenario, state) == bytes).then_some(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Home;
    use crate::sim::plan::Plan;

    #[test]
    fn a_tokens_size_and_its_states_follow_from_each_other() {
        let scenario = Scenario::default();
        let plan = Plan::new(&scenario, Home::Token);
        for state in 0..5000 {
            let bytes = token_bytes(&scenario, state);
            assert_eq!((bytes, state_in_token(&scenario, bytes)), (plan.token_bytes(state), Some(state)));
        }
        assert_eq!(state_in_token(&scenario, 122), None);
        assert_eq!(state_in_token(&scenario, 124), None, "one letter of base64 holds no byte");
    }
}
