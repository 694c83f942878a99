//! What there is to say of the chosen session.

use super::spots::{Cell, Spot};
use crate::text::plural;
use crate::tui::parts::{clock, fit};
use crate::tui::snapshot::ArmView;
use crate::tui::stage::paint::{self, Brush};
use crate::tui::theme::Role;
use crate::tui::views::sentence::{bad, sentence};
use ratatui::layout::Rect;

/// The story of one session, as far back as the journal goes; and in the rule above it what is out of sight.
pub(super) fn tell(arm: &ArmView, cell: &Cell, more: &str, area: Rect, brush: &mut Brush) {
    let client = &arm.scene.clients.rows()[cell.row as usize];
    let visit = format!("visit {}", cell.session);
    // In a stream of visits nobody has a name.
    let (name, mut facts) = match arm.scene.clients.chairs() {
        true => (arm.scene.clients.name(cell.row), vec![visit]),
        false => (visit, Vec::new()),
    };
    let place = cell.spot.title();
    facts.push(if cell.lost && cell.spot != Spot::Nowhere { format!("was in {place}") } else { place });
    let copies = client.copies;
    if copies > 0 {
        facts.push(format!("{copies} {} in the service", plural("copy", copies)));
    }
    if client.holds_token {
        let items = arm.scene.items(client.items);
        facts.push(format!("{items} {} in the token", plural("item", items)));
    }
    if client.pinned != 0 {
        let tie = if arm.scene.sockets { "its connection leads to" } else { "its cookie names" };
        facts.push(format!("{tie} instance {}", client.pinned));
    }
    if let Some((at, writes)) = client.lost() {
        facts.push(format!("lost at {}, {writes} acknowledged {}", clock(at), plural("write", writes)));
    }
    for x in area.left()..area.right() {
        brush.put(x, area.y, '─', brush.theme.style(Role::Edge));
    }
    let x = brush.text(area.x + 2, area.y, 20, &format!(" {name} "), brush.theme.bold(Role::Text));
    let dim = brush.theme.style(Role::Dim);
    let end = brush.text_right(area.right().saturating_sub(1), area.y, paint::cells(more), more, dim);
    let room = end.saturating_sub(x + 1);
    // What finds no room beside the name has the row below.
    let fits = |count: &usize| paint::cells(&facts[..*count].join(" · ")) <= room;
    let beside = (0..=facts.len()).rev().find(fits).unwrap_or(0);
    let (above, below) = facts.split_at(beside);
    brush.text(x, area.y, room + 1, &format!("{} ", above.join(" · ")), dim);
    let top = area.y + 1 + u16::from(!below.is_empty());
    brush.text(area.x + 3, area.y + 1, area.width.saturating_sub(4), &below.join(" · "), dim);
    let events: Vec<_> = arm.journal.iter().filter(|event| event.what.session() == Some(cell.session)).collect();
    let rows = usize::from(area.bottom().saturating_sub(top));
    let newest = &events[events.len().saturating_sub(rows)..];
    for (y, event) in (top..area.bottom()).zip(newest) {
        let x = brush.text(area.x + 2, y, 10, &clock(event.at), brush.theme.style(Role::Dim)) + 2;
        let role = if bad(&event.what) { Role::Lost } else { Role::Text };
        let width = area.right().saturating_sub(x + 1);
        brush.text(x, y, width, &fit(&sentence(event), width), brush.theme.style(role));
    }
}
