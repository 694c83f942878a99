//! Where everything is, for any size.
//!
//! ```text
//!   120 wide   clients 2–18 · lane 19–50 · balancer 51–63 · lane 64–88 · instances 89–118
//!    80 wide   clients 1–11 · lane 12–29 · balancer 30–40 · lane 41–53 · instances 54–79
//! ```
//!
//! Left edges are the same in every world, so that switching worlds moves nothing but the state itself; only where a
//! store stands at the right do the instances give way to it.

use crate::scene::Scene;
use ratatui::layout::{Position, Rect};

/// Rows that hold no picture: the headings and the legend.
const FRINGE: u16 = 2;
/// More clients than this are drawn as a strip.
pub(super) const ROWS: usize = 24;
/// More instances than this get a row each instead of a box.
pub(super) const BOXES: usize = 8;

/// Cells side by side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub x: u16,
    pub width: u16,
}

impl Span {
    pub const fn end(self) -> u16 {
        self.x.saturating_add(self.width)
    }
}

/// How instances without boxes are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Grid {
    origin: Position,
    columns: usize,
    /// The cells of each: 0 where it has a whole row, 1 where it has no number.
    pub cell: u16,
    /// From row to row.
    pitch: u16,
    /// How many are drawn.
    pub shown: usize,
}

impl Grid {
    /// Whether each has a row.
    pub const fn rows(&self) -> bool {
        self.cell == 0
    }

    /// The first cell of the instance at this place.
    pub const fn of(&self, place: usize) -> Position {
        let (column, row) = ((place % self.columns) as u16, (place / self.columns) as u16);
        // Those that are not drawn have the last row.
        let last = (self.shown.saturating_sub(1) / self.columns) as u16 + 1;
        let row = if row > last { last } else { row };
        Position { x: self.origin.x + column * self.cell, y: self.origin.y + row * self.pitch }
    }
}

/// The places of one picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Geometry {
    /// Everything is inside this.
    pub area: Rect,
    /// Below 100 columns: shorter words, packed items.
    pub compact: bool,
    /// The row of the headings.
    pub heading: u16,
    /// Between headings and legend.
    pub body: Rect,
    /// The row of the legend.
    pub legend: u16,
    pub clients: Span,
    pub lane: Span,
    /// It begins in the row of the headings where rows are few.
    pub balancer: Rect,
    pub backend: Span,
    pub instances: Span,
    /// Between instances and store.
    pub hop: Span,
    /// The store; of no width where there is none.
    pub store: Rect,
}

impl Geometry {
    /// The places within `area`; none if it is too small for a picture.
    pub fn new(area: Rect, with_store: bool) -> Option<Self> {
        if area.width < 50 || area.height < 6 {
            return None;
        }
        let width = area.width;
        let compact = width < 100;
        let spare = width.saturating_sub(120);
        let (left, right) = if compact { (1, 0) } else { (2, 1) };
        let clients = if compact { 11 } else { 17 + spare / 20 };
        let balancer = if compact { 11 } else { 13 };
        let boxes = if compact { 26.min(width / 3) } else { 30 + spare / 6 };
        let lanes = width - (left + clients + balancer + boxes + right);
        let backend = lanes * 4 / 9;
        let lane = lanes - backend;
        // With a store the part right of the balancer is divided anew; the left part stays as it is.
        let rest = backend + boxes;
        let (backend, boxes, hop) = match (with_store, compact) {
            (false, _) => (backend, boxes, 0),
            (true, true) => (rest * 6 / 39, 8, 4),
            (true, false) => (rest * 10 / 55, rest * 14 / 55, rest * 5 / 55),
        };
        let store = rest - backend - boxes - hop;

        let body = Rect { y: area.y + 1, height: area.height - FRINGE, ..area };
        let mut x = area.x + left;
        let mut next = |width| {
            let span = Span { x, width };
            x += width;
            span
        };
        let clients = next(clients);
        let lane = next(lane);
        let balancer = next(balancer);
        let backend = next(backend);
        let instances = next(boxes);
        let hop = next(hop);
        let store = next(store);
        let tall = |span: Span| Rect { x: span.x, width: span.width, ..body };
        // On small screens clients take the first row too: there the balancer's border is in the row of the headings.
        let raised = u16::from(compact || area.height < 20);
        let column = tall(balancer);
        Some(Self {
            area,
            compact,
            heading: area.y,
            body,
            legend: area.bottom() - 1,
            clients,
            lane,
            balancer: Rect { y: column.y - raised, height: column.height + raised, ..column },
            backend,
            instances,
            hop,
            store: tall(store),
        })
    }

    /// Where the balancer's name begins, in the row of the headings.
    pub const fn balancer_title(&self) -> u16 {
        self.route()
    }

    /// Where the balancer's choice for a client begins, in the client's row.
    pub const fn route(&self) -> u16 {
        self.balancer.x + if self.compact { 1 } else { 2 }
    }

    /// The rows of `count` clients: as airy as the height allows, in groups of four where it is tight.
    pub fn client_rows(&self, count: usize) -> Vec<u16> {
        let height = usize::from(self.body.height);
        let count = count.min(height);
        if count == 0 {
            return Vec::new();
        }
        let groups = (count - 1) / 4;
        let row = |index: usize| {
            let offset = if height + 1 >= 2 * count {
                let pitch = ((height - 1) / (count - 1).max(1)).min(4);
                let used = pitch * (count - 1) + 1;
                // Twelve clients in 25 rows begin on the second and end on the last but one.
                (height - used) / 2 + pitch * index
            } else if height >= count + groups {
                (height - count - groups) / 2 + index + index / 4
            } else {
                index
            };
            self.body.y + offset as u16
        };
        (0..count).map(row).collect()
    }

    /// How instances without boxes are laid out: a row each; beyond the rows a cell each with its number, in columns;
    /// beyond those a cell without one.
    pub fn grid(&self, scene: &Scene) -> Grid {
        let (count, room) = (scene.instances.len(), scene.room_for_instances());
        let last = scene.instances.last().map_or(0, |it| it.id);
        let (width, height) = (usize::from(self.instances.width), usize::from(self.body.height));
        let digits = last.checked_ilog10().unwrap_or(0) as usize + 1;
        // A number, its glyph, and a space between this cell and the next.
        let cell = digits + 2;
        let columns = (width + 1) / cell;
        let (columns, cell) = match () {
            () if room <= height => (1, 0),
            () if count <= columns * height => (columns, cell),
            () => (width.saturating_sub(1).max(1), 1),
        };
        let rows = room.div_ceil(columns);
        let pitch = (height - 1).checked_div(rows.saturating_sub(1)).unwrap_or(1).clamp(1, 3);
        // Of more than there is room for, the last row says how many.
        let shown = if count > columns * height { columns * (height - 1) } else { count };
        let origin = Position { x: self.instances.x, y: self.body.y };
        Grid { origin, columns, cell: cell as u16, pitch: pitch as u16, shown }
    }

    /// The boxes of a scene's instances; none if they do not fit.
    pub fn boxes(&self, scene: &Scene) -> Option<Vec<Rect>> {
        let mut boxes = self.spread(scene.room_for_instances())?;
        boxes.truncate(scene.instances.len());
        (!boxes.is_empty()).then_some(boxes)
    }

    /// `count` boxes, spread over the height; none if they do not fit as boxes of at least three rows.
    fn spread(&self, count: usize) -> Option<Vec<Rect>> {
        let height = self.body.height;
        let count = u16::try_from(count).ok().filter(|&count| count > 0 && usize::from(count) <= BOXES)?;
        let fits = |rows: u16| {
            let gap = if rows > 5 { 2 } else { 0 };
            count * rows + (count - 1) * gap <= height
        };
        let rows = (3..=13).rev().find(|&rows| fits(rows))?;
        // All the same distance apart; what is left over is above and below.
        let apart = if count == 1 { 0 } else { (height - rows) / (count - 1) };
        let above = (height - rows - apart * (count - 1)) / 2;
        let place = |index: u16| Rect {
            x: self.instances.x,
            y: self.body.y + above + apart * index,
            width: self.instances.width,
            height: rows,
        };
        Some((0..count).map(place).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: u16, height: u16) -> Geometry {
        Geometry::new(Rect::new(0, 0, width, height), false).unwrap()
    }

    /// The columns of the design, at both of its sizes.
    #[test]
    fn the_columns_are_where_the_design_has_them() {
        let wide = at(120, 27);
        assert_eq!(
            (wide.clients.x, wide.lane.x, wide.balancer.x, wide.backend.x, wide.instances.x),
            (2, 19, 51, 64, 89)
        );
        assert_eq!((wide.lane.end(), wide.instances.end()), (51, 119));
        let small = at(80, 17);
        assert_eq!(
            (small.clients.x, small.lane.x, small.balancer.x, small.backend.x, small.instances.x),
            (1, 12, 30, 41, 54)
        );
        assert_eq!((small.lane.end(), small.instances.end()), (30, 80));
    }

    #[test]
    fn the_rows_are_where_the_design_has_them() {
        let wide = at(120, 27);
        assert_eq!(wide.client_rows(12), (0..12).map(|k| 2 + 2 * k).collect::<Vec<_>>());
        let boxes: Vec<_> = wide.spread(3).unwrap().iter().map(|b| (b.y, b.height)).collect();
        assert_eq!(boxes, [(1, 7), (10, 7), (19, 7)]);
        let small = at(80, 17);
        assert_eq!(small.client_rows(12), [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14]);
        let boxes: Vec<_> = small.spread(3).unwrap().iter().map(|b| (b.y, b.height)).collect();
        assert_eq!(boxes, [(1, 5), (6, 5), (11, 5)]);
    }

    #[test]
    fn no_world_moves_the_left_edges() {
        for width in 80..=200 {
            let area = Rect::new(0, 0, width, 27);
            let (plain, stored) = (Geometry::new(area, false).unwrap(), Geometry::new(area, true).unwrap());
            assert_eq!(plain.clients, stored.clients);
            assert_eq!(plain.lane.x, stored.lane.x);
            assert!(stored.store.right() <= width);
        }
    }
}
