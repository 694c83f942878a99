//! Where each cell is drawn: places begin in rows of their own, and cells are as rich as there is room for.

use super::spots::{Cell, Group, Spot, groups};
use crate::scene::Scene;
use crate::tui::keymap::Action;
use ratatui::layout::{Position, Rect};

/// Where the cells begin.
pub(super) const LEFT: u16 = 23;
/// Cells for a place's count, at the right edge.
pub(super) const COUNT: u16 = 13;
/// Of one state so many items are drawn at most; the fuller ones say how many more.
pub(super) const ITEMS: u16 = 8;
/// Rows of a page.
const PAGE: usize = 5;

/// What a cell shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// `►ann ■■■■■`: name and items.
    Items,
    /// `▅ann`: name and height.
    Named,
    /// `▅ ▃`: the height, with air.
    Airy,
    /// `▅▃`: the height.
    Dense,
}

impl Form {
    const fn width(self) -> u16 {
        match self {
            Self::Items => 4 + 1 + ITEMS + 2,
            Self::Named => 6,
            Self::Airy => 2,
            Self::Dense => 1,
        }
    }
}

/// The grid of all cells, as it is drawn into an area.
pub(super) struct Plan {
    pub groups: Vec<Group>,
    /// So many more places have no session, and there is no room to say so of each.
    pub left_out: usize,
    pub form: Form,
    /// The most items that any of the states has; 0 where items say nothing.
    pub most: u32,
    /// The first row of the grid that is in sight.
    top: usize,
    /// Rows and columns of the cells, in the order of the groups.
    places: Vec<(usize, usize)>,
    /// The first row of each group.
    heads: Vec<usize>,
    /// How many rows it has, those out of sight among them.
    all_rows: usize,
    /// How many rows it takes at most, however the sessions spread.
    most_rows: usize,
    area: Rect,
}

impl Plan {
    /// With all places if there is room for that, else with those that have something to show.
    pub(super) fn new(scene: &Scene, area: Rect) -> Self {
        let plan = Self::of(scene, groups(scene), area);
        if plan.most_rows <= usize::from(area.height) {
            return plan;
        }
        let (shown, others): (Vec<_>, Vec<_>) = plan.groups.into_iter().partition(|group| group.tells(scene));
        Self { left_out: others.len(), ..Self::of(scene, shown, area) }
    }

    /// In the richest form for which there is room however the sessions spread over the places, so that it does not change when
    /// they move; and with air between the places if there is room for that, too.
    fn of(scene: &Scene, groups: Vec<Group>, area: Rect) -> Self {
        // Of states that are large from the beginning, what users add says little.
        let cells = groups.iter().flat_map(|group| &group.cells).filter(|_| scene.fills());
        let most = cells.map(|cell| cell.items).max().unwrap_or(0);
        let sessions = scene.clients.present() as usize;
        // Some are nowhere, sooner or later.
        let places = groups.iter().filter(|group| group.spot != Spot::Nowhere).count() + 1;
        let room = area.width.saturating_sub(LEFT + COUNT);
        let columns = |form: Form| usize::from(room / form.width()).max(1);
        let height = usize::from(area.height);
        let rows = |form: Form, air: usize| sessions / columns(form) + places + air * (places - 1);
        let fits = |form: &Form, air: usize| rows(*form, air) <= height;
        let richer = [Form::Items, Form::Named, Form::Airy].into_iter().skip(usize::from(most == 0));
        let form = richer.into_iter().find(|form| fits(form, 0)).unwrap_or(Form::Dense);
        let air = usize::from(fits(&form, 1));
        let across = columns(form);
        let most_rows = rows(form, air);
        let (mut places, mut heads, mut next) = (Vec::new(), Vec::new(), 0);
        for group in &groups {
            places.extend((0..group.cells.len()).map(|at| (next + at / across, at % across)));
            heads.push(next);
            next += group.cells.len().div_ceil(across).max(1) + air;
        }
        // After the last place there is no air.
        let all_rows = next.saturating_sub(air);
        Self { groups, left_out: 0, form, most, top: 0, places, heads, all_rows, most_rows, area }
    }

    /// The same, scrolled so far that a cell is in sight.
    pub(super) fn showing(mut self, place: usize) -> Self {
        let height = usize::from(self.area.height);
        self.top = self.places.get(place).map_or(0, |&(row, _)| (row + 1).saturating_sub(height));
        self
    }

    /// How many rows of it are above those in sight, and how many below.
    pub(super) fn out_of_sight(&self) -> (usize, usize) {
        (self.top, self.all_rows.saturating_sub(self.top + usize::from(self.area.height)))
    }

    /// The rows of the screen that are its own.
    pub(super) fn height(&self) -> u16 {
        self.area.height.min(u16::try_from(self.most_rows).unwrap_or(u16::MAX))
    }

    /// All cells, in the order of the picture.
    pub(super) fn cells(&self) -> impl DoubleEndedIterator<Item = &Cell> {
        self.groups.iter().flat_map(|group| &group.cells)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.places.len()
    }

    /// Where a row of the grid is on the screen, if it is in sight.
    fn y(&self, row: usize) -> Option<u16> {
        let row = row.checked_sub(self.top).and_then(|row| u16::try_from(row).ok());
        row.filter(|&row| row < self.area.height).map(|row| self.area.y + row)
    }

    /// Where a cell is on the screen, if it is in sight.
    pub(super) fn position(&self, place: usize) -> Option<Position> {
        let &(row, column) = self.places.get(place)?;
        Some(Position { x: self.area.x + LEFT + column as u16 * self.form.width(), y: self.y(row)? })
    }

    /// The places with what they are called, each on its first row in sight.
    pub(super) fn titles(&self) -> impl Iterator<Item = (&Group, u16)> {
        let ends = self.heads.iter().skip(1).copied().chain([usize::MAX]);
        self.groups
            .iter()
            .zip(&self.heads)
            .zip(ends)
            .filter_map(|((group, &head), end)| Some((group, self.y(head.max(self.top)).filter(|_| end > self.top)?)))
    }

    /// The cell to which a key leads from another.
    pub(super) fn step(&self, from: usize, action: Action) -> usize {
        let last = self.len().saturating_sub(1);
        match action {
            Action::Left => from.saturating_sub(1),
            Action::Right => (from + 1).min(last),
            Action::Up => self.beside(from, self.rows().rev().find(|&row| row < self.places[from].0)),
            Action::Down => self.beside(from, self.rows().find(|&row| row > self.places[from].0)),
            Action::PageUp => (0..PAGE).fold(from, |at, _| self.step(at, Action::Up)),
            Action::PageDown => (0..PAGE).fold(from, |at, _| self.step(at, Action::Down)),
            Action::First => 0,
            Action::Last => last,
            _ => from,
        }
    }

    fn rows(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.places.iter().map(|&(row, _)| row)
    }

    /// The cell of another row that is under or over this one, or the last one before that.
    fn beside(&self, from: usize, row: Option<usize>) -> usize {
        let column = self.places[from].1;
        let found = row.and_then(|row| self.places.iter().rposition(|&place| place.0 == row && place.1 <= column));
        found.unwrap_or(from)
    }
}
