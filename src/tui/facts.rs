//! What is true of the run and the screen at this moment, in the words that the coach's notes use.
//!
//! ```text
//!   Snapshot, UiState ─▶ Facts { conditions that hold · words filled with this run's figures } ─▶ Coach
//!                     ─▶ Deeds { what the learner has done }                                   ─▶
//! ```

mod condition;
mod deeds;
mod phrases;

pub use condition::{Condition, WORDS};
pub use deeds::{Ages, Deeds};
pub use phrases::more_traffic;

use super::pace::Speed;
use super::parts::footer::digits;
use super::snapshot::{ArmView, Snapshot};
use super::state::UiState;
use super::views::View;
use crate::command::{Command, Target};
use crate::event::{Health, RequestKind};
use crate::scenario::{Home, Persistence, Policy, ScaleMode, Scenario};
use crate::scene::{Client, Fault, Flight, Instance, Scar, Scene};
use crate::text::{any, plural};
use crate::units::Nanos;
use phrases::{deed, draining, lost_nouns, owners, served};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

/// For so long a command counts as something that has just happened.
const RECENT_S: f64 = 60.0;
/// For so long it is said what a command means that disturbs nothing, and a disturbance has only just begun.
const FRESH_S: f64 = 15.0;

/// What holds now.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The conditions that hold.
    pub holds: BTreeSet<Condition>,
    /// The words that mean something now.
    pub words: BTreeMap<&'static str, String>,
}

impl Facts {
    /// Reads them off a snapshot and the screen's state.
    #[must_use]
    pub fn of(snapshot: &Snapshot, ui: &UiState, ages: &Ages) -> Self {
        let mut facts = Self::default();
        // While it hurries to where the dashboard opens, nothing can be said that stays true.
        let Some(arm) = snapshot.arm(ui.shown).filter(|_| snapshot.opens.is_none()) else { return facts };
        facts.world(arm, &snapshot.scenario, ui);
        facts.clock(snapshot, arm);
        facts.plan(&snapshot.scenario);
        if ages.command.secs < FRESH_S {
            facts.newest_command(snapshot, arm);
        }
        facts.service(&arm.scene, &snapshot.scenario);
        facts.selection(&arm.scene, ui.selected);
        // A deployment is done when the last instance is replaced, however long that takes.
        match arm.scene.fault.filter(|_| arm.scene.deploys() || ages.over.secs < RECENT_S) {
            Some(fault) => {
                facts.hold_if(ages.fault.secs < FRESH_S, Condition::JustNow);
                facts.fault(snapshot, arm, ui, fault);
            }
            None => facts.hold_if(arm.scene.fault.is_none(), Condition::NoFault),
        }
        facts.traffic(arm, shared(&snapshot.scenario));
        facts.outgrown(arm, Condition::Outgrew, "outgrew");
        if let Some(other) = snapshot.arm(ui.other()) {
            facts.outgrown(other, Condition::OtherOutgrew, "other-outgrew");
        }
        if ages.command.secs < RECENT_S {
            facts.credentials(snapshot, arm);
        }
        facts
    }

    fn hold(&mut self, condition: Condition) {
        self.holds.insert(condition);
    }

    fn hold_if(&mut self, holds: bool, condition: Condition) {
        if holds {
            self.hold(condition);
        }
    }

    fn word(&mut self, name: &'static str, value: impl ToString) {
        self.words.insert(name, value.to_string());
    }

    fn world(&mut self, arm: &ArmView, scenario: &Scenario, ui: &UiState) {
        self.hold(match arm.home {
            Home::Token => Condition::Token,
            Home::Memory => Condition::Memory,
            Home::Sticky => Condition::Sticky,
            Home::ReplicateAll => Condition::ReplicateAll,
            Home::ReplicateBackup => Condition::ReplicateBackup,
            Home::Store => Condition::Store,
        });
        self.hold_if(arm.home.stateful(), Condition::Stateful);
        // A request goes where its connection is, and one that gets an instance of its own to any that is idle.
        self.hold(match arm.scene.sockets {
            true => Condition::Sockets,
            false if arm.scene.cookies && shared(scenario) => Condition::Cookies,
            false => Condition::NoCookies,
        });
        let by_user = matches!(arm.scene.policy, Policy::Hash | Policy::Ring);
        self.hold_if(!arm.scene.cookies && !arm.scene.sockets && !by_user, Condition::Untied);
        self.hold(if arm.scene.store.is_some() { Condition::AsksStore } else { Condition::NoStore });
        let kept = arm.scene.store.as_ref().is_some_and(|store| store.copies.live_count() > 0);
        self.hold_if(kept, Condition::StoreKeeps);
        self.hold(if ui.both() { Condition::Both } else { Condition::OneShown });
        self.hold(match ui.view {
            View::Stage => Condition::OnStage,
            View::Sessions => Condition::InSessions,
            View::Charts => Condition::InCharts,
            View::Journal => Condition::InJournal,
            View::Table => Condition::InTable,
        });
        self.word("noun", &arm.scene.noun);
        self.word("a_noun", any(&arm.scene.noun));
        self.word("nouns", plural(&arm.scene.noun, 2));
        let clients = arm.scene.clients.rows().iter().chain(arm.scene.clients.finishing());
        self.word("total", clients.filter(|client| client.copies > 0).count());
    }

    fn clock(&mut self, snapshot: &Snapshot, arm: &ArmView) {
        self.hold(if snapshot.paused { Condition::Paused } else { Condition::Running });
        self.hold_if(snapshot.speed != Speed::default(), Condition::OddSpeed);
        self.hold_if(snapshot.behind, Condition::Behind);
        self.word("speed", snapshot.speed);
        self.word("seed", snapshot.scenario.seed);
        if let Some(&(at, Command::Burst { span, .. })) = snapshot.history.last()
            && snapshot.now < at + span
            && let Some(until) = steady_until(&snapshot.scenario, &snapshot.history, snapshot.now)
        {
            self.hold(Condition::Burst);
            // With others that go on it is their product.
            self.word("burst", more_traffic(&snapshot.scenario, (arm.scene.traffic * 1e6).round() / 1e6));
            self.word("burst-left-s", format!("{:.0}", until.since(snapshot.now).secs()));
        }
        if snapshot.scenario.slow_motion != 1.0 {
            self.hold(Condition::SlowMotion);
            self.word("slow", format!("×{}", snapshot.scenario.slow_motion));
        }
    }

    fn plan(&mut self, scenario: &Scenario) {
        self.hold(if scenario.token.denylist { Condition::Denylist } else { Condition::NoDenylist });
        self.hold(if scenario.instance.drain_s > 0.0 { Condition::Drains } else { Condition::NoDrain });
        let checks = scenario.balancer.check_interval_ms.is_some() || scenario.balancer.passive;
        self.hold_if(!checks, Condition::Unchecked);
        self.hold_if(scenario.workload.requests_per_session.mean() == 1.0, Condition::OneRequest);
    }

    /// What the newest command means from now on, if it is one that disturbs nothing.
    fn newest_command(&mut self, snapshot: &Snapshot, arm: &ArmView) {
        let newest = snapshot.history.last();
        let was_so = newest.is_some_and(|&(_, command)| was_so(snapshot, command));
        self.word("since", if was_so { "As before" } else { "From now on" });
        self.word("still", if was_so { "as before" } else { "from now on" });
        let Some(&(at, command)) = newest else { return };
        let fault = arm.scene.fault.is_some_and(|fault| (fault.at, fault.command) == (at, command));
        match command {
            Command::Logout(user) => {
                self.hold(Condition::LoggedOut);
                self.word("who", arm.scene.clients.called(user));
            }
            Command::Policy(policy) if shared(&snapshot.scenario) => {
                self.hold(Condition::PolicyChosen);
                self.word("policy", policy.id());
            }
            // What had a connection can only make a new one.
            Command::Redispatch(on)
                if shared(&snapshot.scenario) && !arm.scene.sockets && snapshot.scenario.balancer.retries > 0 =>
            {
                self.hold(if on { Condition::RedispatchOn } else { Condition::RedispatchOff });
            }
            Command::Heal => self.hold(Condition::Healed),
            Command::Add => {
                self.hold(Condition::Added);
                self.word("more", "one more instance");
            }
            Command::Scale(count) if !fault => {
                let come = |it: &Instance| it.incarnation == 1 && (it.health == Health::Starting || it.since >= at);
                self.hold_if(arm.scene.instances.iter().any(come), Condition::Added);
                self.word("more", format!("{count} {}", plural("instance", count)));
            }
            _ => {}
        }
    }

    fn service(&mut self, scene: &Scene, scenario: &Scenario) {
        let instances = || scene.instances.iter();
        self.word("instances", scene.instances.len());
        self.hold_if(scene.instances.len() > 1, Condition::Several);
        let none = scene.instances.is_empty();
        self.hold_if(none, Condition::NoInstance);
        self.hold_if(!none && instances().all(|instance| instance.health == Health::Up), Condition::AllUp);
        // A request that gets an instance of its own waits for none of these.
        let silent = instances().all(|it| matches!(it.health, Health::Down | Health::Hung));
        self.hold_if(shared(scenario) && !none && silent, Condition::NoneAnswers);
        self.hold_if(instances().any(|instance| instance.health == Health::Hung), Condition::SomeHung);
        self.hold_if(instances().any(|instance| instance.health == Health::Starting), Condition::SomeStarting);
        if let Some(dead) = instances().find(|instance| instance.health == Health::Down) {
            self.hold(Condition::SomeDead);
            self.word("dead", dead.id);
        }
        let queued: u32 = instances().filter(|it| it.health == Health::Up).map(|instance| instance.queued).sum();
        if queued > 0 {
            self.hold(Condition::Queues);
            let wait = if queued == 1 { "waits" } else { "wait" };
            self.word("queued", format!("{queued} {} {wait}", plural("request", queued)));
        }
        let copies = || scene.clients.rows().iter().map(|client| client.copies).filter(|&copies| copies > 0);
        let single = copies().any(|copies| copies == 1);
        self.hold_if(single && instances().filter(|it| it.answers()).count() > 1, Condition::SomeSingle);
        self.hold_if(!single && copies().next().is_some(), Condition::AllCopied);
        let comes_or_goes = |flight: &Flight| matches!(flight.purpose, RequestKind::Login | RequestKind::Logout);
        let without = |client: &Client| {
            client.present() && client.copies == 0 && !scene.flight_of(client).is_some_and(comes_or_goes)
        };
        self.hold_if(!scene.clients.rows().iter().any(without), Condition::NobodyWithout);
        self.hold_if(!scene.aged, Condition::AllKept);
        self.word("digits", digits(scene));
    }

    fn selection(&mut self, scene: &Scene, selected: Option<Target>) {
        let instance = match selected {
            None => return self.hold(Condition::NothingSelected),
            Some(Target::Store) => {
                if scene.store.as_ref().is_some_and(|store| store.health == Health::Up) {
                    self.hold(Condition::StoreSelected);
                }
                return;
            }
            Some(Target::Instance(id)) => scene.instance(id),
        };
        let Some(instance) = instance else { return };
        match instance.health {
            Health::Up => {
                self.hold(Condition::RunningSelected);
                self.word("selected", instance.id);
                let keeps = instance.copies.live_count();
                self.hold(if keeps > 0 { Condition::SelectedKeeps } else { Condition::SelectedKeepsNone });
                if keeps > 0 {
                    self.word("keeps", keeps);
                    let only = scene.only_here(instance.id);
                    self.hold(if only.is_empty() { Condition::SelectedCopied } else { Condition::SelectedOnly });
                    self.word("owners", owners(&only));
                }
            }
            Health::Down => {
                self.hold(Condition::DeadSelected);
                let kept = instance.scar.as_ref().is_some_and(|scar| !scar.wrecks.is_empty());
                self.hold_if(!kept, Condition::DeadEmpty);
            }
            Health::Hung => self.hold(Condition::HungSelected),
            Health::Starting | Health::Draining | Health::Removed => {}
        }
    }

    fn fault(&mut self, snapshot: &Snapshot, arm: &ArmView, ui: &UiState, fault: Fault) {
        self.hold(Condition::Recent);
        let yours = snapshot.history.iter().any(|&(at, command)| at == fault.at && command == fault.command);
        let deed = match fault.command {
            Command::Slow(Target::Store, _) | Command::Restart(Target::Store) if arm.scene.store.is_none() => None,
            command => deed(command, yours),
        };
        let Some(deed) = deed else { return };
        self.word("deed", deed);
        self.hold_if(snapshot.history.last() == Some(&(fault.at, fault.command)), Condition::Undoable);
        harm(fault.command, &arm.scene).into_iter().for_each(|condition| self.hold(condition));
        if let (Command::Kill(Target::Store), Some(store)) = (fault.command, &arm.scene.store) {
            let answers = store.health == Health::Up;
            self.hold_if(!answers, Condition::StoreOut);
            self.hold_if(answers && snapshot.scenario.store.replica && store.replica.is_none(), Condition::TakenOver);
        }
        self.hold(match (fault.lost, fault.reverted) {
            (0, 0) => Condition::LostNone,
            (0, _) => Condition::FellBack,
            _ => Condition::LostSome,
        });
        let reverted = fault.reverted;
        self.word("fell-back", format!("{reverted} {}", plural(&arm.scene.noun, reverted)));
        self.hold_if(scar(fault, &arm.scene).is_some_and(|scar| !scar.wrecks.is_empty()), Condition::HadSome);
        let forgets = |target| target != Target::Store || snapshot.scenario.store.persistence == Persistence::None;
        self.hold_if(matches!(fault.command, Command::Restart(target) if forgets(target)), Condition::BeganEmpty);
        if fault.lost > 0 {
            // All that it took went with the process that it ended.
            let there = scar(fault, &arm.scene).is_some_and(|scar| scar.gone == fault.lost);
            self.hold_if(there, Condition::OnlyThere);
            self.word("lost", fault.lost);
            self.word("lost-nouns", lost_nouns(&arm.scene.noun, fault));
            let [are, were] = if fault.lost == 1 { ["is", "was"] } else { ["are", "were"] };
            self.word("lost-are", are);
            self.word("lost-were", were);
        }
        let single = once_single(fault, &arm.scene);
        if single > 0 {
            self.hold(Condition::WasSingle);
            self.word("single", format!("{single} {}", plural(&arm.scene.noun, single)));
        }
        self.word("draining", draining(&snapshot.scenario, &arm.scene));
        if fault.failed > 0 {
            self.hold(Condition::FailedSome);
            self.word("failed", format!("{} {}", fault.failed, plural("request", fault.failed)));
        }
        let believed = match fault.command.target() {
            Some(Target::Instance(id)) => arm.scene.instance(id).is_some_and(|it| it.believed_up && !it.answers()),
            _ => false,
        };
        match fault.noticed {
            // It may never have believed in it: then there is nothing to notice.
            None => self.hold_if(believed, Condition::Unnoticed),
            Some(at) if !believed => {
                self.hold(Condition::Noticed);
                self.word("noticed-s", format!("{:.1}", at.since(fault.at).secs()));
            }
            Some(_) => {}
        }
        let twin = snapshot.arm(ui.other()).and_then(|other| other.scene.fault);
        if let Some(twin) = twin.filter(|twin| (twin.at, twin.command) == (fault.at, fault.command)) {
            self.hold(if twin.lost > 0 { Condition::OtherLostSome } else { Condition::OtherLostNone });
            if twin.lost > 0 {
                self.word("other-lost", twin.lost);
                self.word("other-nouns", lost_nouns(&arm.scene.noun, twin));
            }
        }
    }

    fn traffic(&mut self, arm: &ArmView, shared: bool) {
        let (requests, bytes) = (&arm.figures.requests, &arm.figures.bytes);
        if shared && arm.scene.fault.is_none() && requests.followups_lost > 0 {
            self.hold(Condition::Misses);
            self.word("missed", requests.followups_lost);
            self.word("followups", requests.followups);
        }
        if bytes.redundant > 0 && requests.issued > 0 {
            self.hold(Condition::Resends);
            let each = |bytes: u64| format!("{:.0} B", bytes as f64 / requests.issued as f64);
            self.word("context", each(bytes.context));
            self.word("redundant", each(bytes.redundant));
        }
    }

    /// Whether what clients send in a world has outgrown what an instance takes.
    fn outgrown(&mut self, arm: &ArmView, condition: Condition, word: &'static str) {
        let refused = arm.figures.requests.outcomes.too_large;
        if refused > 0 {
            self.hold(condition);
            self.word(word, if refused == 1 { "1 request was".into() } else { format!("{refused} requests were") });
        }
    }

    fn credentials(&mut self, snapshot: &Snapshot, arm: &ArmView) {
        let replays = &arm.figures.replays;
        if !matches!(snapshot.history.last(), Some((_, Command::Replay { .. }))) {
            return;
        }
        if replays.accepted > 0 {
            self.hold(Condition::ReplayAccepted);
            self.hold_if(replays.accepted_after_logout > 0, Condition::AcceptedAfterLogout);
            self.word("accepted", served(replays.accepted, replays.issued));
        } else if replays.refused > 0 {
            self.hold(Condition::ReplayRefused);
            self.word("refused", served(0, replays.refused));
        }
    }
}

/// Whether the newest command asks of the balancer what it did already, by the scenario or by the command before.
fn was_so(snapshot: &Snapshot, newest: Command) -> bool {
    let balancer = &snapshot.scenario.balancer;
    let at_first = match newest {
        Command::Policy(_) => Command::Policy(balancer.policy),
        Command::Redispatch(_) => Command::Redispatch(balancer.redispatch),
        _ => return false,
    };
    let mut earlier = snapshot.history.iter().rev().skip(1).map(|&(_, command)| command);
    let alike = |command: &Command| discriminant(command) == discriminant(&newest);
    newest == earlier.find(alike).unwrap_or(at_first)
}

/// Whether requests share instances: else each gets one of its own, and nothing chooses among them.
fn shared(scenario: &Scenario) -> bool {
    scenario.autoscaler.mode != ScaleMode::PerRequest
}

/// What a disturbance is like now: hangs, slowness, cuts and drains end, and then it is not said that they last.
fn harm(command: Command, scene: &Scene) -> Vec<Condition> {
    let lasting = |lasts: bool, condition| vec![if lasts { condition } else { Condition::Over }];
    let draining = |drains: bool| {
        [Condition::Drained].into_iter().chain(drains.then_some(Condition::StillDraining)).collect::<Vec<_>>()
    };
    match (command, command.target()) {
        (Command::Restart(_), _) => vec![Condition::Restarted],
        (Command::Deploy, _) => {
            vec![Condition::Deployed, if scene.deploys() { Condition::Deploying } else { Condition::DeployOver }]
        }
        (Command::Remove | Command::Scale(_), _) => {
            draining(scene.instances.iter().any(|it| it.health == Health::Draining))
        }
        (Command::Kill(_), Some(Target::Store)) => vec![Condition::StoreKilled],
        (_, Some(Target::Store)) => match (&scene.store, command) {
            (Some(store), Command::Hang(_)) => lasting(store.health == Health::Hung, Condition::StoreHung),
            (Some(store), _) => lasting(store.slowness > 1.0, Condition::Slowed),
            (None, _) => vec![Condition::StoreHung],
        },
        (_, Some(Target::Instance(id))) => match (scene.instance(id), command) {
            (_, Command::Kill(_)) => vec![Condition::Killed],
            (it, Command::Drain(_)) => draining(it.is_some_and(|it| it.health == Health::Draining)),
            (Some(it), Command::Slow(..)) if it.health == Health::Hung => vec![Condition::SlowedHung],
            // Where the balancer sends nothing, nobody feels it.
            (Some(it), Command::Slow(..) | Command::Partition(_))
                if (it.slowness > 1.0 || it.partitioned) && !it.believed_up =>
            {
                Vec::new()
            }
            (Some(it), Command::Slow(..)) if it.answers() => lasting(it.slowness > 1.0, Condition::Slowed),
            (Some(it), Command::Partition(_)) if it.answers() => lasting(it.partitioned, Condition::Cut),
            (Some(it), Command::Hang(_)) if it.health == Health::Hung => vec![Condition::Hung],
            (Some(it), Command::Hang(_)) if it.answers() => vec![Condition::Over],
            // Of an instance that has ended since there is nothing to say.
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What went with the process that a disturbance ended.
fn scar(fault: Fault, scene: &Scene) -> Option<&Scar> {
    let scar = match fault.command.target()? {
        Target::Instance(id) => scene.instance(id)?.scar.as_ref(),
        Target::Store => scene.store.as_ref()?.scar.as_ref(),
    };
    scar.filter(|scar| scar.at == fault.at)
}

/// How much state a death left in one instance only, once none of it is left like that: 0 before, and where nothing was.
fn once_single(fault: Fault, scene: &Scene) -> usize {
    let scar = scar(fault, scene).filter(|_| scene.home == Home::ReplicateBackup);
    let left = || scar.iter().flat_map(|scar| &scar.wrecks).filter(|wreck| !wreck.lost);
    let single = |session| scene.clients.get(session).is_some_and(|client| client.copies == 1);
    if left().any(|wreck| single(wreck.session)) { 0 } else { left().count() }
}

/// When a burst begins or ends next.
fn steady_until(scenario: &Scenario, history: &[(Nanos, Command)], now: Nanos) -> Option<Nanos> {
    let planned = scenario.commands.iter().map(|timed| (Nanos::from_secs(timed.at_s), timed.command));
    let given = history.iter().copied().chain(planned).filter_map(|(at, command)| match command {
        Command::Burst { span, .. } => Some([at, at + span]),
        _ => None,
    });
    let own = scenario.workload.bursts.iter().map(|burst| [burst.at_s, burst.at_s + burst.for_s].map(Nanos::from_secs));
    given.chain(own).flatten().filter(|&at| at > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_not_said_to_last() {
        use crate::experiment::Experiment;
        let mut run = Experiment::new(std::sync::Arc::new(Scenario::load("classroom").unwrap()), &[Home::Store]);
        run.run_until(Nanos::from_secs(21.0));
        let mut after = |command: &str, span: f64| {
            run.command(command.parse().unwrap()).unwrap();
            run.run_until(Nanos(run.now().0 + Nanos::from_secs(span).0));
            let scene = &run.arms()[0].scene;
            harm(scene.fault.unwrap().command, scene)
        };
        let conditions = [
            ("hang 2", Condition::Hung),
            ("slow 2 x4", Condition::SlowedHung),
            ("heal", Condition::Over),
            ("slow 2 x4", Condition::Slowed),
            ("heal", Condition::Over),
            ("partition 2", Condition::Cut),
            ("heal", Condition::Over),
            ("hang store", Condition::StoreHung),
            ("heal", Condition::Over),
        ];
        for (command, condition) in conditions {
            assert_eq!(after(command, 1.0), [condition], "{command}");
        }
        assert_eq!(after("drain 2", 0.0), [Condition::Drained, Condition::StillDraining]);
        assert_eq!(after("heal", 200.0), [Condition::Drained], "it has stopped");
    }
}
