//! What notes can ask for: conditions, and the words that mean something only while one of them holds.

use serde::Deserialize;

/// Something that holds or not. The names in `assets/coach.toml` are these with hyphens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// The shown world keeps its state with the clients.
    Token,
    /// … in instances, without a cookie.
    Memory,
    /// … in instances, with a cookie.
    Sticky,
    /// … in every instance.
    ReplicateAll,
    /// … in an instance and its backup.
    ReplicateBackup,
    /// … in the store.
    Store,
    /// A cookie leads its users to their instance.
    Cookies,
    /// Their connection does.
    Sockets,
    /// Neither does.
    NoCookies,
    /// Nothing ties them to an instance: no cookie, no connection, and no policy by which the same user comes to the same.
    Untied,
    /// The shown world has no store at all.
    NoStore,
    /// It has one, and every request asks it: for a state, or for a denylist.
    AsksStore,
    /// The shown world keeps its state in the service.
    Stateful,
    /// Both worlds are shown.
    Both,
    /// Only one is shown.
    OneShown,
    /// The Stage is shown.
    OnStage,
    /// Sessions is shown.
    InSessions,
    /// Charts is shown.
    InCharts,
    /// Journal is shown.
    InJournal,
    /// Table is shown.
    InTable,
    /// Nothing is selected.
    NothingSelected,
    /// A running instance is selected.
    RunningSelected,
    /// An instance that is down is selected.
    DeadSelected,
    /// … and nobody's state was in its memory.
    DeadEmpty,
    /// A hung instance is selected.
    HungSelected,
    /// The store holds state that somebody may still ask for.
    StoreKeeps,
    /// A store that runs is selected.
    StoreSelected,
    /// The selected instance keeps state that somebody may still ask for.
    SelectedKeeps,
    /// … some of it is in no other process.
    SelectedOnly,
    /// … all of it is in another process, too.
    SelectedCopied,
    /// The selected instance keeps none.
    SelectedKeepsNone,
    /// Some state is in one instance only, while others run that could hold a copy.
    SomeSingle,
    /// Every user's state is in more than one process.
    AllCopied,
    /// Nobody who has logged in is without a state in the service.
    NobodyWithout,
    /// No state that somebody could still ask for has expired, or made room for others.
    AllKept,
    /// An instance that is taken out of service drains first.
    Drains,
    /// It has no time for that.
    NoDrain,
    /// Nothing has disturbed this service yet.
    NoFault,
    /// The newest disturbance is not long ago.
    Recent,
    /// … it has only just begun.
    JustNow,
    /// … was the death of an instance.
    Killed,
    /// … was the death of the store.
    StoreKilled,
    /// … and it does not answer yet.
    StoreOut,
    /// … and its replica is the store now.
    TakenOver,
    /// … is a hung instance, and it still hangs.
    Hung,
    /// … is a hung store, and it still hangs.
    StoreHung,
    /// … is slowness, and it lasts, and requests go there.
    Slowed,
    /// … is slowness of an instance that hangs, so that nobody feels it.
    SlowedHung,
    /// … was a hang, slowness or a partition, and is over.
    Over,
    /// … is a restart.
    Restarted,
    /// … is a drain or a removal.
    Drained,
    /// … and the instance has not stopped yet.
    StillDraining,
    /// … is a deployment.
    Deployed,
    /// … and not every instance is replaced yet.
    Deploying,
    /// … and every instance is replaced.
    DeployOver,
    /// … is a partition, and it lasts, and requests go there.
    Cut,
    /// … cost sessions their whole state.
    LostSome,
    /// … and all of that went with the process that it ended.
    OnlyThere,
    /// … cost no session any of its state.
    LostNone,
    /// … cost sessions their newest writes, and none its whole state.
    FellBack,
    /// … took a process in whose memory somebody's state was.
    HadSome,
    /// … is a restart of what has nothing on a disk.
    BeganEmpty,
    /// … made requests fail.
    FailedSome,
    /// … left state in one instance only, which has been copied since.
    WasSingle,
    /// … has not been noticed by the balancer: it still believes in the instance.
    Unnoticed,
    /// … has been noticed by it, and it has not begun to believe in the instance again.
    Noticed,
    /// The balancer has no means to notice such a thing.
    Unchecked,
    /// … is the learner's newest command: what undo takes back.
    Undoable,
    /// The same disturbance cost sessions their state in the other world.
    OtherLostSome,
    /// … cost none there.
    OtherLostNone,
    /// An instance is down.
    SomeDead,
    /// There are instances, and all of them are up.
    AllUp,
    /// There is more than one instance.
    Several,
    /// There are instances, and none of them answers or will soon.
    NoneAnswers,
    /// There is none at all.
    NoInstance,
    /// An instance is hung.
    SomeHung,
    /// An instance is starting.
    SomeStarting,
    /// Follow-ups found no state here, without any disturbance, where a cookie would have led them to their instance.
    Misses,
    /// The learner's newest command, not long ago, was a replay, and here no copied credential was accepted.
    ReplayRefused,
    /// … and here one was accepted.
    ReplayAccepted,
    /// … after its owner had logged out, even.
    AcceptedAfterLogout,
    /// Requests wait in the queues of instances that are up.
    Queues,
    /// The learner's newest command was a burst, and it goes on.
    Burst,
    /// The learner's newest command, given just now, was a logout.
    LoggedOut,
    /// … was another policy, where a policy chooses at all.
    PolicyChosen,
    /// … lets the balancer send refused requests on, where it tries them again.
    RedispatchOn,
    /// … forbids it that.
    RedispatchOff,
    /// … asks for more instances, and some come by it.
    Added,
    /// … was to heal.
    Healed,
    /// Logged-out tokens are on a list that is asked.
    Denylist,
    /// … are on none.
    NoDenylist,
    /// Every visit is a single request.
    OneRequest,
    /// Time stands still.
    Paused,
    /// Time runs.
    Running,
    /// Time runs slower than wall time or faster.
    OddSpeed,
    /// The machine cannot keep the speed.
    Behind,
    /// Network and service are slowed down.
    SlowMotion,
    /// Clients have sent context more than once.
    Resends,
    /// Some requests of the shown world were too large.
    Outgrew,
    /// … of the other world.
    OtherOutgrew,
}

impl Condition {
    /// Whether it comes and goes by itself, often sooner than anybody could read of it.
    #[must_use]
    pub const fn passing(self) -> bool {
        matches!(self, Self::SomeStarting | Self::Queues | Self::NoInstance | Self::SomeSingle | Self::Behind)
    }

    /// Whether this cannot hold without the other.
    #[must_use]
    pub const fn implies(self, other: Self) -> bool {
        let disturbance = matches!(
            self,
            Self::Killed
                | Self::StoreKilled
                | Self::StoreOut
                | Self::TakenOver
                | Self::Hung
                | Self::StoreHung
                | Self::Slowed
                | Self::SlowedHung
                | Self::Over
                | Self::Restarted
                | Self::Drained
                | Self::StillDraining
                | Self::Deployed
                | Self::Deploying
                | Self::DeployOver
                | Self::Cut
                | Self::Undoable
        );
        self as usize == other as usize || (disturbance && matches!(other, Self::Recent))
    }
}

/// Words that notes may contain in braces, and a condition without which they mean nothing.
pub const WORDS: &[(&str, Option<Condition>)] = &[
    ("accepted", Some(Condition::ReplayAccepted)),
    ("refused", Some(Condition::ReplayRefused)),
    ("who", Some(Condition::LoggedOut)),
    ("policy", Some(Condition::PolicyChosen)),
    ("since", None),
    ("still", None),
    ("more", Some(Condition::Added)),
    ("noun", None),
    ("a_noun", None),
    ("nouns", None),
    ("total", None),
    ("speed", None),
    ("slow", Some(Condition::SlowMotion)),
    ("seed", None),
    ("instances", None),
    ("selected", Some(Condition::RunningSelected)),
    ("dead", Some(Condition::SomeDead)),
    ("keeps", Some(Condition::SelectedKeeps)),
    ("owners", Some(Condition::SelectedOnly)),
    ("digits", None),
    ("deed", Some(Condition::Recent)),
    ("lost", Some(Condition::LostSome)),
    ("lost-nouns", Some(Condition::LostSome)),
    ("lost-are", Some(Condition::LostSome)),
    ("lost-were", Some(Condition::LostSome)),
    ("fell-back", Some(Condition::FellBack)),
    ("single", Some(Condition::WasSingle)),
    ("draining", Some(Condition::StillDraining)),
    ("other-lost", Some(Condition::OtherLostSome)),
    ("other-nouns", Some(Condition::OtherLostSome)),
    ("failed", Some(Condition::FailedSome)),
    ("noticed-s", Some(Condition::Noticed)),
    ("context", Some(Condition::Resends)),
    ("redundant", Some(Condition::Resends)),
    ("outgrew", Some(Condition::Outgrew)),
    ("other-outgrew", Some(Condition::OtherOutgrew)),
    ("missed", Some(Condition::Misses)),
    ("followups", Some(Condition::Misses)),
    ("queued", Some(Condition::Queues)),
    ("burst", Some(Condition::Burst)),
    ("burst-left-s", Some(Condition::Burst)),
];
