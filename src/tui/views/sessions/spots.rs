//! Who is where: every session, in the place that has its state, or had it when it was lost.

use crate::event::{Health, Place, SessionId};
use crate::scene::{Client, Scar, Scene};
use std::collections::{BTreeMap, HashMap};

/// Where a state is; in the order of the picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Spot {
    In(Place),
    Nowhere,
}

impl Spot {
    pub(super) fn title(self) -> String {
        match self {
            Self::In(Place::Client) => "with the clients".into(),
            Self::In(Place::Instance(id)) => format!("instance {id}"),
            Self::In(Place::Store) => "the store".into(),
            Self::In(Place::Replica) => "the replica".into(),
            Self::In(Place::Disk) => "the store's disk".into(),
            Self::Nowhere => "nowhere".into(),
        }
    }
}

/// One session in the grid.
#[derive(Debug)]
pub(super) struct Cell {
    /// The client's row in the scene.
    pub row: u32,
    pub session: SessionId,
    pub spot: Spot,
    /// How many items there are in the state; or were, if it is lost.
    pub items: u32,
    pub lost: bool,
}

/// A place and the sessions of it, by row.
#[derive(Debug)]
pub(super) struct Group {
    pub spot: Spot,
    pub cells: Vec<Cell>,
}

impl Group {
    /// Whether there is more to see than that nobody is there.
    pub(super) fn tells(&self, scene: &Scene) -> bool {
        !self.cells.is_empty() || health(scene, self.spot).is_some_and(|(health, _)| health != Health::Up)
    }
}

/// The state of the process that the place is in; none of what is no process.
pub(super) fn health(scene: &Scene, spot: Spot) -> Option<(Health, bool)> {
    match spot {
        Spot::In(Place::Instance(id)) => scene.instance(id).map(|it| (it.health, it.killed)),
        Spot::In(Place::Store) => scene.store.as_ref().map(|store| (store.health, store.killed)),
        _ => None,
    }
}

/// All places that keep state or may, and who is in each. The clients and every instance are among them in every home, though
/// they have none: so that it is seen who keeps nothing, and that nothing moves when another home is shown.
pub(super) fn groups(scene: &Scene) -> Vec<Group> {
    // Filled ten times a second, by ten thousand sessions in `cluster`, and only asked: no order is needed.
    let mut held: HashMap<SessionId, (Spot, u32)> = HashMap::with_capacity(scene.clients.present() as usize);
    for (place, copies) in scene.places() {
        for copy in copies.live() {
            held.entry(copy.session).or_insert((Spot::In(place), copy.writes));
        }
    }
    let graves = graves(scene);
    let instances = scene.instances.iter().map(|it| Place::Instance(it.id));
    let store = scene.store.iter().map(|_| Place::Store);
    let always = [Place::Client].into_iter().chain(instances).chain(store).map(Spot::In);
    let mut groups: BTreeMap<Spot, Vec<Cell>> = always.map(|spot| (spot, Vec::new())).collect();
    for (row, client) in (0..).zip(scene.clients.rows()) {
        let Some(session) = client.session() else { continue };
        // Whoever logs in again may have a new state already, and not have heard of it.
        let lost = client.lost().filter(|_| !client.holds_token && !held.contains_key(&session));
        let (spot, writes) = match (held.get(&session), lost) {
            _ if client.holds_token => (Spot::In(Place::Client), client.items),
            (None, Some((_, writes))) => (graves.get(&session).copied().unwrap_or(Spot::Nowhere), writes),
            (None, None) => (Spot::Nowhere, 0),
            (Some(&found), _) => followed(scene, client, session).unwrap_or(found),
        };
        let cell = Cell { row, session, spot, items: scene.items(writes), lost: lost.is_some() };
        groups.entry(spot).or_default().push(cell);
    }
    groups.into_iter().map(|(spot, cells)| Group { spot, cells }).collect()
}

/// Where there are copies, the one that the cookie leads to is shown.
fn followed(scene: &Scene, client: &Client, session: SessionId) -> Option<(Spot, u32)> {
    let copy = scene.instance(client.pinned)?.copies.of(session)?;
    Some((Spot::In(Place::Instance(client.pinned)), copy.writes))
}

/// Where states were when the last copy of them went.
fn graves(scene: &Scene) -> BTreeMap<SessionId, Spot> {
    let instances = scene.instances.iter().map(|it| (Place::Instance(it.id), &it.scar));
    let store = scene.store.iter().map(|store| (Place::Store, &store.scar));
    let mut scars: Vec<(Place, &Scar)> =
        instances.chain(store).filter_map(|(place, scar)| Some((place, scar.as_ref()?))).collect();
    scars.sort_by_key(|(_, scar)| scar.at);
    let mut graves = BTreeMap::new();
    for (place, scar) in scars {
        graves.extend(scar.wrecks.iter().filter(|wreck| wreck.lost).map(|wreck| (wreck.session, Spot::In(place))));
    }
    graves
}
